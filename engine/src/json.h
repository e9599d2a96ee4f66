/* A reader of JSON that keeps nothing: a value is where it begins. Documents are checked as a whole
 * once, after which walking through them cannot leave them. */
#ifndef TN_JSON_H
#define TN_JSON_H

#include "base.h"

/* A value, from its first character on; `end` is that of the document. */
typedef struct {
    const char *at, *end;
} json;

/* Whether the bytes hold one value and nothing else; NaN and Infinity, which Python writes, are let
 * pass. */
bool json_check(json document);

/* The member of an object, the last one of that name; false where there is none. */
bool json_member(json object, const char *name, json *value);

/* The first or next element of an array or member of an object; `inside` begins as {0} and holds the
 * place. False at the end, and for a value of another kind. */
bool json_next(json whole, json *inside, json *name, json *value);

bool json_is(json value, const char *text); /* a string that says this */
bool json_true(json value, bool *truth);    /* false: it is neither true nor false */
bool json_null(json value);
bool json_object(json value);
bool json_array(json value);
bool json_whole(json value, int64_t *number); /* written without fraction or exponent */
bool json_number(json value, double *number);

/* A string's text as UTF-8 -> its length; at most `room` bytes are written. -1: it is no string. */
ptrdiff_t json_text(json value, char *to, size_t room);

#endif
