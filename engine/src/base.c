#include "base.h"

static char *number(char *at, char *end, int64_t value) {
    char digits[20];
    int count = 0;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    if (value < 0 && at < end) *at++ = '-';
    do digits[count++] = (char)('0' + left % 10);
    while (left /= 10);
    while (count && at < end) *at++ = digits[--count];
    return at;
}

bool tn_say(char *error, const char *text, int64_t first, int64_t second) {
    char *at = error, *end = error + TN_ERROR - 1;
    bool second_next = false;
    for (; *text && at < end; text++) {
        if (*text != '%') {
            *at++ = *text;
            continue;
        }
        at = number(at, end, second_next ? second : first);
        second_next = true;
    }
    *at = 0;
    return false;
}

void tn_copy(void *to, const void *from, size_t bytes) {
    __builtin_memcpy(to, from, bytes);
}
