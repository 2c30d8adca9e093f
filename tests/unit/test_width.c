/* test_width.c - the number of columns that UTF-8 text takes. */
#include "base/width.h"

#include "test.h"

static int columns(const char *s)
{
    return width_of(s, strlen(s));
}

static void plain_text_takes_a_column_a_character(void)
{
    CHECK(columns("") == 0);
    CHECK(columns("loss 1.25") == 9);
    CHECK(columns("caf\xc3\xa9") == 4);
}

static void wide_characters_take_two_and_marks_none(void)
{
    CHECK(columns("\xed\x95\x9c\xea\xb8\x80") == 4); /* two Hangul syllables */
    CHECK(columns("\xe4\xb8\x80"
                  "a") == 3);
    CHECK(columns("e\xcc\x81") == 1); /* e and a combining acute accent */
    CHECK(columns("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab") == 2); /* a Hangul syllable,
                                                                  * decomposed */
}

static void stray_bytes_take_one_each(void)
{
    CHECK(columns("\xff\xfe") == 2);
    CHECK(columns("a\xe2\x82") == 3);
}

static void cutting_ends_between_characters(void)
{
    const char *s = "a\xed\x95\x9c\xc3\xa9z"; /* characters of 1, 2, 1, 1 columns */
    CHECK(width_fit(s, 0) == 0);
    CHECK(width_fit(s, 1) == 1);
    CHECK(width_fit(s, 2) == 1);
    CHECK(width_fit(s, 3) == 4);
    CHECK(width_fit(s, 4) == 6);
    CHECK(width_fit(s, 5) == 7);
    CHECK(width_fit(s, 99) == strlen(s));
}

static void a_mark_stays_with_its_letter(void)
{
    CHECK(width_fit("e\xcc\x81x", 1) == 3);
}

int main(void)
{
    RUN(plain_text_takes_a_column_a_character);
    RUN(wide_characters_take_two_and_marks_none);
    RUN(stray_bytes_take_one_each);
    RUN(cutting_ends_between_characters);
    RUN(a_mark_stays_with_its_letter);
    return test_end();
}
