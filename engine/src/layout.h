#ifndef TN_LAYOUT_H
#define TN_LAYOUT_H

#include "card.h"

/* The maps that a card names, checked against the outputs of its net. */
bool tn_read_layout(json document, tn_card *card, char *error);

/* Pixels that slopes look at beyond the border of what is drawn. */
int tn_margin(const tn_layout *layout);

#endif
