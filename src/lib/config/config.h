/*
 * config.h - the table of settings of a run, from which options, help, presets and
 * checkpoints are made.
 */
#ifndef CHARNN_CONFIG_CONFIG_H
#define CHARNN_CONFIG_CONFIG_H

#include <stdbool.h>

#include "base/field.h"
#include "charnn.h"
#include "nn/model.h"

extern const struct field config_fields[];
extern const size_t config_n_fields;

/* Whether a setting is stored in checkpoints. */
bool config_stored(const struct field *f);

/* config_given: whether charnn_config_set has set the setting.  config_added: whether it is
 * a length that was set to a text that begins with +, which adds to the run.  config_adds:
 * whether this is so for any setting. */
bool config_given(const struct charnn_config *c, const struct field *f);
bool config_added(const struct charnn_config *c, const struct field *f);
bool config_adds(const struct charnn_config *c);

/* From now on, the setting counts as one that was not set by charnn_config_set. */
void config_forget(struct charnn_config *c, const struct field *f);

/* Whether steps, epochs or work were set by charnn_config_set. */
bool config_has_length(const struct charnn_config *c);

/* config_note_chosen marks all settings that are CHARNN_AUTO now as chosen automatically,
 * config_set_chosen marks or unmarks one setting, and config_chosen tells whether it is
 * marked. */
void config_note_chosen(struct charnn_config *c);
void config_set_chosen(struct charnn_config *c, const struct field *f, bool chosen);
bool config_chosen(const struct charnn_config *c, const struct field *f);

/* Sets an automatic setting to CHARNN_AUTO. */
void config_set_auto(struct charnn_config *c, const struct field *f);

/* Whether a setting is chosen automatically and may change when a run is resumed with
 * another length. */
bool config_replanned(const struct field *f);

/* Copies one setting.  Of a string only the pointer is copied: *from still owns it. */
void config_copy_setting(struct charnn_config *to, const struct charnn_config *from,
                         const struct field *f);

/* The defaults, with a fixed value instead of every "auto".  Settings that a checkpoint
 * does not mention have these values. */
struct charnn_config config_plain(void);

/* config_dup makes a copy that owns its strings, which config_free frees; NULL when out of
 * memory. */
struct charnn_config *config_dup(const struct charnn_config *from, struct charnn_error *e);
void config_free(const struct charnn_config *c);

/* The shape of the model that the settings describe, with this many symbols. */
struct model_shape config_shape(const struct charnn_config *c, size_t symbols);

/* The table row of a setting, which must exist. */
const struct field *config_field(const char *name);

/* The name of a value of a CHOICE setting: "dense" for ("skip", CHARNN_SKIP_DENSE). */
const char *config_choice(const char *name, int64_t value, char word[FIELD_WORD]);

/* Refuses values that are out of range, and settings that contradict each other. */
int config_check(const struct charnn_config *c, struct charnn_error *e);

#endif
