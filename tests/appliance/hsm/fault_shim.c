/* A PKCS#11 module that passes everything to another one, and misbehaves on demand.
 *
 * FAULT_MODULE  the module behind it
 * FAULT         what goes wrong: "FUNCTION ACTION"; FUNCTION is login, signinit, sign or create,
 *               ACTION is one of
 *                 flip    one bit of the signature is inverted
 *                 short   the signature is announced as 63 bytes
 *                 highs   the signature has the higher of its two s (secp256k1)
 *                 hang    the call never returns
 *                 <hex>   the call returns this CKR_ code
 * FAULT_LOG     a file that holds the number of open sessions after every change
 *
 * The function list (PKCS#11 2.40, section 5) is addressed by position, so that no header is needed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef unsigned long ulong_t;

enum { FINALIZE = 1, OPEN_SESSION = 12, CLOSE_SESSION = 13, LOGIN = 18, CREATE_OBJECT = 20,
       SIGN_INIT = 42, SIGN = 43, FUNCTIONS = 68 };

struct function_list { unsigned char version[2]; void *function[FUNCTIONS]; };

static struct function_list *real, shim;
static int sessions;

static const unsigned char order[32] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe,
    0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41};

static const char *fault(const char *function)
{
    const char *rule = getenv("FAULT");
    size_t length = strlen(function);
    if (!rule || strncmp(rule, function, length) || rule[length] != ' ')
        return "";
    return rule + length + 1;
}

static ulong_t refusal(const char *action)
{
    if (!strcmp(action, "hang"))
        for (;;)
            pause();
    return strtoul(action, NULL, 16);
}

static void raise_s(unsigned char *s)
{
    unsigned char negated[32];
    int borrow = 0;
    for (int at = 31; at >= 0; at--) {
        int difference = order[at] - s[at] - borrow;
        borrow = difference < 0;
        negated[at] = (unsigned char)difference;
    }
    if (memcmp(negated, s, 32) > 0)
        memcpy(s, negated, 32);
}

static void log_sessions(int now)
{
    const char *path = getenv("FAULT_LOG");
    FILE *file = path ? fopen(path, "w") : NULL;
    sessions = now;
    if (file) {
        fprintf(file, "%d", sessions);
        fclose(file);
    }
}

static ulong_t open_session(ulong_t slot, ulong_t flags, void *a, void *b, ulong_t *session)
{
    ulong_t (*next)(ulong_t, ulong_t, void *, void *, ulong_t *) = real->function[OPEN_SESSION];
    ulong_t result = next(slot, flags, a, b, session);
    if (!result)
        log_sessions(sessions + 1);
    return result;
}

static ulong_t close_session(ulong_t session)
{
    ulong_t (*next)(ulong_t) = real->function[CLOSE_SESSION];
    ulong_t result = next(session);
    if (!result)
        log_sessions(sessions - 1);
    return result;
}

static ulong_t finalize(void *reserved)
{
    ulong_t (*next)(void *) = real->function[FINALIZE];
    ulong_t result = next(reserved);
    if (!result)
        log_sessions(0);
    return result;
}

static ulong_t login(ulong_t session, ulong_t user, unsigned char *pin, ulong_t length)
{
    ulong_t (*next)(ulong_t, ulong_t, unsigned char *, ulong_t) = real->function[LOGIN];
    ulong_t refused = refusal(fault("login"));
    return refused ? refused : next(session, user, pin, length);
}

static ulong_t create_object(ulong_t session, void *template, ulong_t count, ulong_t *object)
{
    ulong_t (*next)(ulong_t, void *, ulong_t, ulong_t *) = real->function[CREATE_OBJECT];
    ulong_t refused = refusal(fault("create"));
    return refused ? refused : next(session, template, count, object);
}

static ulong_t sign_init(ulong_t session, void *mechanism, ulong_t key)
{
    ulong_t (*next)(ulong_t, void *, ulong_t) = real->function[SIGN_INIT];
    ulong_t refused = refusal(fault("signinit"));
    return refused ? refused : next(session, mechanism, key);
}

static ulong_t sign(ulong_t session, void *data, ulong_t size, unsigned char *answer, ulong_t *length)
{
    ulong_t (*next)(ulong_t, void *, ulong_t, unsigned char *, ulong_t *) = real->function[SIGN];
    const char *action = answer ? fault("sign") : "";
    int flip = !strcmp(action, "flip"), cut = !strcmp(action, "short"), high = !strcmp(action, "highs");
    ulong_t refused = flip || cut || high ? 0 : refusal(action);
    ulong_t result = refused ? refused : next(session, data, size, answer, length);
    if (result || !answer)
        return result;
    if (flip)
        answer[40] ^= 1;
    if (high)
        raise_s(answer + 32);
    if (cut)
        *length = 63;
    return result;
}

ulong_t C_GetFunctionList(struct function_list **list)
{
    if (!real) {
        void *module = dlopen(getenv("FAULT_MODULE"), RTLD_NOW | RTLD_LOCAL);
        ulong_t (*get)(struct function_list **) = module ? dlsym(module, "C_GetFunctionList") : NULL;
        if (!get || get(&real))
            return 5; /* CKR_GENERAL_ERROR */
        shim = *real;
        shim.function[OPEN_SESSION] = open_session;
        shim.function[CLOSE_SESSION] = close_session;
        shim.function[FINALIZE] = finalize;
        shim.function[LOGIN] = login;
        shim.function[CREATE_OBJECT] = create_object;
        shim.function[SIGN_INIT] = sign_init;
        shim.function[SIGN] = sign;
    }
    *list = &shim;
    return 0;
}
