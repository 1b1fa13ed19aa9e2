"""The offline side: receive, decode, judge, review, approve, sign, release."""
