/*
 * encoding.c - finds the encoding in which a text is likeliest.
 *
 * The cost of an encoding is -log p of the text, in nats.  The probability that a character is
 * ASCII depends on whether the character before it is ASCII.  The cost of a character that is
 * not ASCII depends on its rank among the frequent characters of a language, whose frequency
 * falls exponentially with the rank.  Each 8-bit encoding is tried with every language.  A
 * double-byte encoding has areas of characters, each with a cost, and a list of its most
 * frequent characters.
 */
#include "text/encoding.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

enum { HIGH = 128 };

/* Costs in nats: an ASCII character, a character that the set has but the language rarely
 * needs, and a byte that has no meaning in the set. */
static const double ASCII = 3, RARE = 9, INVALID = 16;

/* Costs of the encodings themselves.  They decide for a short text, which gives little
 * evidence, and favour the commonest encoding. */
enum { FIRST = 0, USUAL = 6, OLD = 10 };

/* ------------------------------------------------------------------ sets of 8 bits */

/* The characters of the bytes 0x80 to 0xBF and 0xC0 to 0xFF.  '_' stands for no character, '.'
 * for a character that none of the languages below needs. */
struct layout {
    const char *name, *low, *high;
    double prior;
};

/* The characters of a language that are not ASCII, most frequent first.  After `scale` of
 * them the frequency has fallen by a factor of e.  dense: they are most characters of a
 * text. */
struct language {
    const char *letters;
    double scale;
    bool dense;
};

// clang-format off
static const struct layout layouts[] = {
    { "WINDOWS-1252", "._..„…....Š.._Ž__.’“”.–—..š.œ_ž.\302\240¡........ª«..............º»...¿",
      "ÀÁ..ÄÅÆÇÈÉÊ..ÍÎ..Ñ.ÓÔ.Ö.Ø.Ú.Ü.Þßàáâãäåæçèéêëìíîïðñòóôõö.øùúûüýþ.", FIRST },
    { "ISO-8859-2", "________________________________\302\240..Ł.ĽŚ..ŠŞŤŹ.ŽŻ.ą.ł.ľś..šşťź.žż",
      ".Á..Ä.ĆÇČÉ...ÍÎ.Đ.ŇÓÔŐÖ.Ř.ÚŰÜ.Ţßŕáâăäĺćçčéęëěíîďđńňóôőö.řůúűüýţ.", USUAL },
    { "CP1250", "._._„….._.Š.ŚŤŽŹ_.’“”.–—_.š.śťžź\302\240..Ł......Ş«...Ż...ł.....ąş»Ľ.ľż",
      ".Á..Ä.ĆÇČÉ...ÍÎ.Đ.ŇÓÔŐÖ.Ř.ÚŰÜ.Ţßŕáâăäĺćçčéęëěíîďđńňóôőö.řůúűüýţ.", USUAL },
    { "KOI8-R", "..........................\302\240........ёє.ії.....ґ.....ЁЄ.ІЇ........",
      "юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ", USUAL },
    { "CP1251", "....„…............’“”.–—_.......\302\240.......Ё.Є«...Ї..Ііґ...ё.є»...ї",
      "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя", USUAL },
    { "CP866", "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмноп................",
      "................................рстуфхцчшщъыьэюяЁёЄєЇї.........\302\240", USUAL },
    { "ISO-8859-5", "________________________________\302\240Ё..Є.ІЇ........АБВГДЕЖЗИЙКЛМНОП",
      "РСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя.ё..є.ії........", USUAL },
    { "ISO-8859-7", "________________________________\302\240.’........«.._.......Ά.ΈΉΊ»Ό.ΎΏ",
      "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ_ΣΤΥΦΧΨΩ..άέήί.αβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ_", USUAL },
    { "CP1253", "._..„….._._._____.’“”.–—_._.____\302\240.Ά......._«............ΈΉΊ»Ό.ΎΏ",
      "ΐΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡ_ΣΤΥΦΧΨΩ..άέήί.αβγδεζηθικλμνξοπρςστυφχψωϊϋόύώ_", USUAL },
    { "CP1254", "._..„…....Š..____.’“”.–—..š.œ__.\302\240¡........ª«..............º»...¿",
      "ÀÁ..ÄÅÆÇÈÉÊ..ÍÎ.ĞÑ.ÓÔ.Ö.Ø.Ú.ÜİŞßàáâãäåæçèéêëìíîïğñòóôõö.øùúûüış.", USUAL },
    { "CP1255", "._..„…...._._____.’“”.–—.._.____\302\240¡.........«...............»...¿",
      "ְ...ִֵֶַָ._.ּ.־..ׁׂ......_______אבגדהוזחטיךכלםמןנסעףפץצקרשת__.._", USUAL },
    { "CP1256", "....„…............’“”.–—....œ...\302\240،.........«..............؛»...؟",
      ".ءآأؤإئابةتثجحخدذرزسشصض.طظعغ.فقكàلâمنهوçèéêëىيîïً..َôُِ.ّùْûü...", USUAL },
    { "ISO-8859-6", "________________________________\302\240___._______،._____________؛___؟",
      "_ءآأؤإئابةتثجحخدذرزسشصضطظعغ_____.فقكلمنهوىيً..َُِّْ_____________", USUAL },
    { "CP874", ".____…___________.’“”.–—________\302\240กข.ค..งจฉชซ.ญฎฏฐ..ณดตถทธนบปผฝพฟ",
      "ภมยรฤล.วศษสห.อ..ะัาำิี.ืุู.____.เแโใไ.ๆ็่้..์ํ..............____", USUAL },
    { "CP1257", "._._„….._._._..._.’“”.–—_._._.._\302\240_..._..Ø..«...Æ........ø..»...æ",
      "..ĀĆÄÅ.ĒČÉŹ..ĶĪ.Š..Ó..Ö..ŁŚ.ÜŻŽßąįāćäåęēčéźėģķīļšńņó.õö.ųłśūüżž.", USUAL },
    { "CP850", "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûù.ÖÜø.Ø..áíóúñÑªº¿....¡«».....Á.À........",
      "......ã.........ð.Ê.ÈıÍÎ........ÓßÔ.õ..þÞÚ..ý..................\302\240", OLD },
    { "MACINTOSH", "ÄÅÇÉÑÖÜáàâäãåçéèêëíìîïñóòôöõúùûü.......ß......ÆØ.........π.ªºΩæø",
      "¿¡.....«»…\302\240À...œ–—“”.’.............„..ÊÁ.ÈÍÎ..ÓÔ..Ú..ı..........", OLD },
};

static const struct language languages[] = {
    /* French */
    { "éàèêç’ûùôîâœëï«»ÉÀ\302\240–—…ÊÇÈÔÎ", 4, false },
    /* German */
    { "üäößé„“ÜÖÄ–”…»«", 3, false },
    /* Spanish, Portuguese */
    { "óíáéñúãçêõàüâô¿¡ÁÉÓÑ«»ºª–—", 5, false },
    /* Italian, Catalan */
    { "èàùòìéíóçïúá’«»ÈÀÉ–", 4, false },
    /* Swedish, Finnish, Danish, Norwegian, Icelandic */
    { "äöåøæéíáóðþúýÅÖÄØÆÞ–”»«", 4, false },
    /* Polish */
    { "ęłąóżśćńźŁŚŻ„”–ĆÓŹ…", 4, false },
    /* Czech, Slovak */
    { "íáéěšžčřýůúťďňľôóĺŕČŠŽŘÚÁ„“–ÍĽŤŇ", 6, false },
    /* Hungarian */
    { "áéöóőüíúűÁÉÖÓŐÜÍÚŰ„”–»«", 4, false },
    /* Romanian, Croatian, Slovenian */
    { "ăčšîžţâşćđČŠŽĆÎŞŢĐ„”–", 4, false },
    /* Turkish */
    { "ışüğçöİŞÜÇÖâ’“”Ğî", 4, false },
    /* Lithuanian, Latvian, Estonian */
    { "āėšīųžēūąäčõįņüęöļģķŠŽČĀĶĪĒ„“–", 8, false },
    /* Russian, Bulgarian */
    { "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё—«»ПВСНОКТМДИАЯБРГЧЭУЕЗЛФХШЦЮЖЩЙЫЬЪЁ", 9, true },
    /* Ukrainian */
    { "оаинвіретслкумпдзьябгчйхцїюєжшщф’ґ—«»ПВСНОКТМДІАЯБРГЧУЕЗЛФХШЦЮЖЇЄЩЙ", 9, true },
    /* Greek */
    { "αοιετσνηυρπκμλςίάγόδέώήθχφύξβωζψϊΑΤΟΕΚΠΣΜΗΝΙΔΓΛΡΘΧΒΦ«»ΥΈΌΞΖΆΩΊΉΏΎΨΐϋ", 9, true },
    /* Hebrew */
    { "יוהלארתבמשנדכעקפחםטגזסןצךץףִֶַָּ־ְֵׁ”ׂ", 8, true },
    /* Arabic */
    { "اليمنوترهبعدفسكقةحجشصأىخضطذثغزءإئظآؤ،؟؛ًَُِّْ", 9, true },
    /* Thai */
    { "านรอกเง่มย้วัลตสทีิบะคไปดจหแชพผใขาโศื์ถุูํำฟณษซธญภฉฐๆฝฎฏฤ็", 14, true },
};
// clang-format on

/* The statistics of a text from which costs are computed. */
struct sample {
    const unsigned char *s; /* [n] */
    size_t n;
    size_t count[256];
    size_t step
        [2][2]; /* pairs of neighbouring bytes: [first is not ASCII][second is not ASCII] */
};

static void count_sample(struct sample *t)
{
    int before = 0;
    for (size_t i = 0; i < t->n; i++) {
        const int high = t->s[i] >= HIGH;
        t->count[t->s[i]]++;
        t->step[before][high]++;
        before = high;
    }
}

/* The cost of whether each character is ASCII, given whether the character before it is. */
static double step_cost(const size_t step[2][2], bool dense)
{
    static const double chance[2][2] = { { 0.05, 0.08 }, { 0.45, 0.8 } }; /* of a character
                                                                           * that is not
                                                                           * ASCII */
    double sum = 0;
    for (int before = 0; before < 2; before++) {
        const double p = chance[dense][before];
        sum -= (double)step[before][1] * log(p) + (double)step[before][0] * log(1 - p);
    }
    return sum;
}

static double rank_cost(double rank, double scale)
{
    return log(scale) + rank / scale;
}

/* The rank of a character in a string, or -1. */
static int rank_of(const char *letters, const char *character, size_t length)
{
    int rank = 0;
    for (const char *p = letters; *p; p += utf8_length((unsigned char)*p), rank++)
        if (strncmp(p, character, length) == 0)
            return rank;
    return -1;
}

static double layout_cost(const struct layout *set, const struct language *l,
                          const struct sample *t)
{
    double sum = step_cost(t->step, l->dense);
    const char *p = set->low;
    for (int byte = 0; byte < 256; byte++) {
        if (byte < HIGH) {
            sum += ASCII * (double)t->count[byte];
            continue;
        }
        p = byte == 0xC0 ? set->high : p;
        const size_t length = (size_t)utf8_length((unsigned char)*p);
        const int rank = *p == '.' || *p == '_' ? -1 : rank_of(l->letters, p, length);
        const double cost = *p == '_'  ? INVALID
                            : rank < 0 ? RARE
                                       : fmin(rank_cost(rank, l->scale), RARE);
        sum += cost * (double)t->count[byte];
        p += length;
    }
    return sum;
}

/* The least cost over all languages. */
static double narrow_cost(const struct layout *set, const struct sample *t)
{
    double least = INFINITY;
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++)
        least = fmin(least, layout_cost(set, &languages[i], t));
    return least;
}

/* ------------------------------------------------------------------ double-byte sets */

/* Characters whose first and second bytes lie in two ranges; last_second 0: one byte. */
struct area {
    unsigned char first, last, second, last_second;
    float cost;
};

struct wide_set {
    const char *name;
    const char *common;   /* pairs of bytes by falling frequency */
    double scale;         /* number of pairs after which the frequency has fallen by a
                           * factor of e */
    struct area areas[9]; /* the last one is {0} */
};

// clang-format off
static const char common_korean[] =
    "\300\314\264\331\264\302\300\307\277\241\260\241\300\273\260\355\301\366\307\317" /* 이다는의에가을고지하 */
    "\300\272\267\316\307\321\265\265\273\347\270\246\261\342\276\356\266\363\270\256" /* 은로한도사를기어라리 */
    "\264\317\261\327\264\353\276\306\263\252\300\326\275\303\300\332\300\316\274\255" /* 니그대아나있시자인서 */
    "\265\351\270\270\301\244\300\270\300\317\274\366\272\270\260\372\307\330\272\316" /* 들만정으일수보과해부 */
    "\300\374\277\251\275\272\300\345\277\370\301\246" /* 전여스장원제 */;

static const char common_simplified[] =
    "\243\254\241\243\265\304\322\273\312\307\262\273\301\313\324\332\310\313\323\320" /* ，。的一是不了在人有 */
    "\316\322\313\373\325\342\270\366\303\307\326\320\300\264\311\317\264\363\316\252" /* 我他这个们中来上大为 */
    "\272\315\271\372\265\330\265\275\322\324\313\265\312\261\322\252\276\315\263\366" /* 和国地到以说时要就出 */
    "\273\341\277\311\322\262\304\343\266\324\311\372\304\334\266\370\327\323\304\307" /* 会可也你对生能而子那 */
    "\265\303\323\332\327\305\317\302\327\324\326\256\304\352\271\375\267\242\272\363" /* 得于着下自之年过发后 */
    "\327\367\300\357\323\303\265\300\320\320\313\371\310\273\274\322\326\326\312\302" /* 作里用道行所然家种事 */
    "\263\311\267\275\266\340\276\255\303\264\310\245\267\250\321\247\310\347\266\274" /* 成方多经么去法学如都 */
    "\315\254\317\326\265\261\303\273\266\257\303\346\306\360\277\264\266\250\314\354" /* 同现当没动面起看定天 */
    "\267\326\273\271\275\370\272\303\320\241\262\277\306\344\320\251\326\367\321\371" /* 分还进好小部其些主样 */
    "\300\355\320\304\313\375\261\276\307\260\277\252\265\253\322\362\326\273\264\323" /* 理心她本前开但因只从 */
    "\317\353\312\265\241\242\243\272\241\260\241\261" /* 想实、：“” */;

static const char common_traditional[] =
    "\241\101\241\103\252\272\244\100\254\117\244\243\244\106\246\142\244\110\246\263" /* ，。的一是不了在人有 */
    "\247\332\245\114\263\157\255\323\255\314\244\244\250\323\244\127\244\152\254\260" /* 我他這個們中來上大為 */
    "\251\115\260\352\246\141\250\354\245\110\273\241\256\311\255\156\264\116\245\130" /* 和國地到以說時要就出 */
    "\267\174\245\151\244\135\247\101\271\357\245\315\257\340\246\323\244\154\250\272" /* 會可也你對生能而子那 */
    "\261\157\251\363\265\333\244\125\246\333\244\247\246\176\271\114\265\157\253\341" /* 得於著下自之年過發後 */
    "\247\100\270\314\245\316\271\104\246\346\251\322\265\115\256\141\272\330\250\306" /* 作裡用道行所然家種事 */
    "\246\250\244\350\246\150\270\147\273\362\245\150\252\153\276\307\246\160\263\243" /* 成方多經麼去法學如都 */
    "\246\120\262\173\267\355\250\123\260\312\255\261\260\137\254\335\251\167\244\321" /* 同現當沒動面起看定天 */
    "\244\300\301\331\266\151\246\156\244\160\263\241\250\344\250\307\245\104\274\313" /* 分還進好小部其些主樣 */
    "\262\172\244\337\246\157\245\273\253\145\266\175\246\375\246\135\245\165\261\161" /* 理心她本前開但因只從 */
    "\267\121\271\352\241\102\241\107\241\165\241\166" /* 想實、：「」 */;

static const char common_japanese_euc[] =
    "\241\242\241\243\244\316\244\313\244\317\244\362\244\277\244\254\244\307\244\306" /* 、。のにはをたがでて */
    "\244\310\244\267\244\354\244\265\244\242\244\244\244\353\244\312\244\342\244\246" /* としれさあいるなもう */
    "\244\253\244\257\244\351\244\271\244\255\244\263\244\352\244\304\244\336\244\250" /* かくらすきこりつまえ */
    "\244\350\244\273\244\275\244\311\244\300\244\303\244\261\244\344\244\341\244\363" /* よせそどだっけやめん */
    "\244\337\244\252\244\270\244\357\241\274\245\363\245\271\245\353\245\310\245\351" /* みおじわーンスルトラ */
    "\245\352\245\242\245\244\245\257\245\267\245\354" /* リアイクシレ */;

static const char common_japanese_shift[] =
    "\201\101\201\102\202\314\202\311\202\315\202\360\202\275\202\252\202\305\202\304" /* 、。のにはをたがでて */
    "\202\306\202\265\202\352\202\263\202\240\202\242\202\351\202\310\202\340\202\244" /* としれさあいるなもう */
    "\202\251\202\255\202\347\202\267\202\253\202\261\202\350\202\302\202\334\202\246" /* かくらすきこりつまえ */
    "\202\346\202\271\202\273\202\307\202\276\202\301\202\257\202\342\202\337\202\361" /* よせそどだっけやめん */
    "\202\335\202\250\202\266\202\355\201\133\203\223\203\130\203\213\203\147\203\211" /* みおじわーンスルトラ */
    "\203\212\203\101\203\103\203\116\203\126\203\214" /* リアイクシレ */;

static const struct wide_set wide_sets[] = {
    { "CP949", common_korean, 22,
      { { 0xB0, 0xC8, 0xA1, 0xFE, 8 }, { 0xA1, 0xA3, 0xA1, 0xFE, 8 },
        { 0xCA, 0xFD, 0xA1, 0xFE, 11 }, { 0x81, 0xC6, 0x41, 0x5A, 12 },
        { 0x81, 0xC6, 0x61, 0x7A, 12 }, { 0x81, 0xC6, 0x81, 0xFE, 12 } } },
    { "GBK", common_simplified, 35,
      { { 0xB0, 0xD7, 0xA1, 0xFE, 8.7F }, { 0xA1, 0xA3, 0xA1, 0xFE, 7 },
        { 0xD8, 0xF7, 0xA1, 0xFE, 10.5F }, { 0x81, 0xFE, 0x40, 0x7E, 12 },
        { 0x81, 0xFE, 0x80, 0xFE, 12 } } },
    { "BIG5", common_traditional, 35,
      { { 0xA4, 0xC6, 0x40, 0x7E, 9 }, { 0xA4, 0xC6, 0xA1, 0xFE, 9 },
        { 0xA1, 0xA3, 0x40, 0x7E, 7 }, { 0xA1, 0xA3, 0xA1, 0xFE, 7 },
        { 0xC9, 0xF9, 0x40, 0x7E, 11 }, { 0xC9, 0xF9, 0xA1, 0xFE, 11 } } },
    { "EUC-JP", common_japanese_euc, 18,
      { { 0xA4, 0xA4, 0xA1, 0xF3, 5 }, { 0xA5, 0xA5, 0xA1, 0xF6, 6.3F },
        { 0xB0, 0xCF, 0xA1, 0xFE, 8.6F }, { 0xA1, 0xA8, 0xA1, 0xFE, 7 },
        { 0xD0, 0xF4, 0xA1, 0xFE, 11 }, { 0x8E, 0x8E, 0xA1, 0xDF, 8 } } },
    { "Shift-JIS", common_japanese_shift, 18,
      { { 0x82, 0x82, 0x9F, 0xF1, 5 }, { 0x83, 0x83, 0x40, 0x96, 6.3F },
        { 0x88, 0x97, 0x40, 0xFC, 8.6F }, { 0x81, 0x84, 0x40, 0xFC, 7 },
        { 0xA1, 0xDF, 0, 0, 7 }, { 0x98, 0x9F, 0x40, 0xFC, 11 },
        { 0xE0, 0xEA, 0x40, 0xFC, 11 }, { 0xED, 0xFC, 0x40, 0xFC, 12 } } },
};
// clang-format on

/* The area that the character at s[0..n) is in, or NULL. */
static const struct area *find_area(const struct wide_set *set, const unsigned char *s,
                                    size_t n)
{
    for (const struct area *a = set->areas; a->first; a++)
        if (s[0] >= a->first && s[0] <= a->last &&
            (!a->last_second || (n > 1 && s[1] >= a->second && s[1] <= a->last_second)))
            return a;
    return NULL;
}

static double pair_cost(const struct wide_set *set, const struct area *a,
                        const unsigned char *s)
{
    for (const char *p = set->common; a->last_second && *p; p += 2)
        if (memcmp(p, s, 2) == 0)
            return fmin(a->cost,
                        0.5 + rank_cost((double)(p - set->common) / 2, set->scale));
    return a->cost;
}

static double wide_cost(const struct wide_set *set, const struct sample *t)
{
    double sum = 0;
    size_t step[2][2] = { { 0 } };
    int before = 0;
    for (size_t i = 0; i < t->n;) {
        const int high = t->s[i] >= HIGH;
        const struct area *a = high ? find_area(set, t->s + i, t->n - i) : NULL;
        step[before][high]++;
        before = high;
        if (!high)
            sum += ASCII;
        else if (a)
            sum += pair_cost(set, a, t->s + i);
        else
            sum += i + 1 < t->n ? INVALID : RARE; /* the end may cut a character */
        i += a && a->last_second ? 2 : 1;
    }
    return sum + step_cost(step, true);
}

/* ------------------------------------------------------------------------- choosing */

static int compare_costs(const void *a, const void *b)
{
    const struct encoding *x = a, *y = b;
    return x->cost < y->cost ? -1 : x->cost > y->cost ? 1 : x->order - y->order;
}

size_t encoding_guess(const unsigned char *s, size_t n,
                      struct encoding best[ENCODING_GUESSES])
{
    enum {
        N_LAYOUTS = sizeof layouts / sizeof *layouts,
        N_WIDE = sizeof wide_sets / sizeof *wide_sets,
        ALL = N_LAYOUTS + N_WIDE
    };
    struct encoding all[ALL];
    struct sample t = { .s = s, .n = n < ENCODING_SAMPLE ? n : ENCODING_SAMPLE };
    count_sample(&t);
    for (int i = 0; i < N_LAYOUTS; i++)
        all[i] = (struct encoding){ layouts[i].name,
                                    layouts[i].prior + narrow_cost(&layouts[i], &t), i };
    for (int i = 0; i < N_WIDE; i++)
        all[N_LAYOUTS + i] =
            (struct encoding){ wide_sets[i].name, USUAL + wide_cost(&wide_sets[i], &t),
                               N_LAYOUTS + i };
    qsort(all, ALL, sizeof *all, compare_costs);
    memcpy(best, all, ENCODING_GUESSES * sizeof *best);
    return ENCODING_GUESSES;
}

void encoding_advise(const unsigned char *s, size_t n, struct buf *out)
{
    struct encoding best[ENCODING_GUESSES];
    const size_t found = encoding_guess(s, n, best);
    const bool shift = strcmp(best[0].name, "Shift-JIS") == 0;
    /* iconv's SHIFT_JIS has a yen sign in the place of the backslash. */
    buf_printf(out, "it looks like %s: try iconv -f %s -t UTF-8; else ", best[0].name,
               shift ? "CP932" : best[0].name);
    for (size_t i = 1; i < found; i++)
        buf_printf(out, "%s%s", i > 1 ? ", " : "", best[i].name);
}
