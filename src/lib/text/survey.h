/*
 * survey.h - reads a corpus that is not valid UTF-8, and finds out what it is: UTF-8 with
 * damage, another encoding, or not a text.
 */
#ifndef CHARNN_TEXT_SURVEY_H
#define CHARNN_TEXT_SURVEY_H

#include "text/damage.h"
#include "text/sources.h"

struct survey {
    bool trusts;          /* the user says that every text is UTF-8 */
    struct damage damage; /* of all sources that are UTF-8 */
    const struct source
        *first; /* the first damaged source; damage.first is an offset in it */
    /* The first source that is not UTF-8, NULL if there is only damage; the offset of its first
     * invalid byte, and what the user can do. */
    const struct source *foreign;
    size_t foreign_at;
    struct buf advice;
    bool no_text; /* `foreign` is not a text in any encoding */
};

enum { DAMAGE_SHARE = 1000 }; /* `damaged` auto: at most one byte in 1000 may be damaged */

/* Checks the damage of a text that is UTF-8: with `damaged` auto, an error if there is more
 * than the share. */
int survey_check_share(const struct damage *d, int damaged, const char *name,
                       struct charnn_error *e);

/* Reads the sources, up to the first one that is not UTF-8.  If there is none, those that
 * are damaged are set to be repaired as `damaged` (CHARNN_DAMAGED_*) says; AUTO replaces.
 * Unless it is AUTO, every text is taken for UTF-8. */
int survey_sources(struct survey *v, struct sources *s, struct reader *r, int damaged,
                   struct charnn_error *e);
void survey_release(struct survey *v);

#endif
