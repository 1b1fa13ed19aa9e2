/*
 * Stands in for an HSM vendor's module: PKCS#11 2.40 with one slot, in it one initialised token, and
 * nothing that it can do. Only what looking for a token takes is answered.
 */
#include <string.h>

typedef unsigned long number;
typedef unsigned char text;

struct version { text major, minor; };
struct module_info { struct version standard; text maker[32]; number flags; text told[32]; struct version own; };
struct slot_info { text told[64], maker[32]; number flags; struct version hardware, firmware; };
struct token_info {
  text label[32], maker[32], model[16], serial[16];
  number flags, counts[10];
  struct version hardware, firmware;
  text time[16];
};
struct functions { struct version standard; void *entries[68]; };

enum { FUNCTION_NOT_SUPPORTED = 0x54, TOKEN_PRESENT = 0x1, HARDWARE_SLOT = 0x4 };
enum { LOGIN_REQUIRED = 0x4, USER_PIN_INITIALIZED = 0x8, TOKEN_INITIALIZED = 0x400 };

static void put(text *field, const char *word, size_t size) {
  memset(field, ' ', size);
  memcpy(field, word, strlen(word));
}

static number not_supported(void) { return FUNCTION_NOT_SUPPORTED; }

static number done(void *arguments) { (void)arguments; return 0; }

static number get_info(struct module_info *info) {
  memset(info, 0, sizeof *info);
  info->standard = (struct version){2, 40};
  put(info->maker, "Airlock", sizeof info->maker);
  put(info->told, "stand-in", sizeof info->told);
  return 0;
}

static number get_slot_list(text is_token_present, number *slots, number *count) {
  (void)is_token_present;
  if (slots) slots[0] = 0;
  *count = 1;
  return 0;
}

static number get_slot_info(number slot, struct slot_info *info) {
  (void)slot;
  memset(info, 0, sizeof *info);
  put(info->told, "stand-in", sizeof info->told);
  put(info->maker, "Airlock", sizeof info->maker);
  info->flags = TOKEN_PRESENT | HARDWARE_SLOT;
  return 0;
}

static number get_token_info(number slot, struct token_info *info) {
  (void)slot;
  memset(info, 0, sizeof *info);
  put(info->label, "stand-in", sizeof info->label);
  put(info->maker, "Airlock", sizeof info->maker);
  put(info->model, "none", sizeof info->model);
  put(info->serial, "STANDIN1", sizeof info->serial);
  put(info->time, "", sizeof info->time);
  info->flags = LOGIN_REQUIRED | USER_PIN_INITIALIZED | TOKEN_INITIALIZED;
  return 0;
}

static number get_mechanism_list(number slot, number *mechanisms, number *count) {
  (void)slot; (void)mechanisms;
  *count = 0;
  return 0;
}

number C_GetFunctionList(struct functions **list) {
  static struct functions table;
  void *answered[] = {
    done, done, get_info, C_GetFunctionList, get_slot_list, get_slot_info, get_token_info, get_mechanism_list,
  };
  table.standard = (struct version){2, 40};
  for (size_t i = 0; i < sizeof table.entries / sizeof *table.entries; i++) table.entries[i] = not_supported;
  memcpy(table.entries, answered, sizeof answered);
  *list = &table;
  return 0;
}
