package schema

import "testing"

func TestPatternsAreSaidInWords(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		// Words that say the same as the pattern.
		`^\d+$`:                             `"!" is not 1 or more digits`,
		`^[0-9]{5}$`:                        `"!" is not 5 digits`,
		`^\d{3}-\d{4}$`:                     `"!" is not 3 digits, then "-", then 4 digits`,
		`^[A-Z]{2}$`:                        `"!" is not 2 letters A-Z`,
		`^[A-Z]$`:                           `"!" is not 1 letter A-Z`,
		`^[A-Z]{2,}$`:                       `"!" is not 2 or more letters A-Z`,
		`^[a-z]{2,8}$`:                      `"!" is not 2 to 8 letters a-z`,
		`^[a-z]*$`:                          `"!" is not 0 or more letters a-z`,
		`^[\w.-]+$`:                         `"!" is not 1 or more letters a-z, letters A-Z, digits, "-", "." or "_"`,
		`^(active|archived|deleted)$`:       `"!" is not "active", "archived" or "deleted"`,
		`^#?contoso$`:                       `"!" is not "contoso" or "#contoso"`,
		`^v[12]$`:                           `"!" is not "v1" or "v2"`,
		`^[0-9a-f]{40}$`:                    `"!" is not 40 hexadecimal digits in lower case`,
		`^[0-9A-F]{2}$`:                     `"!" is not 2 hexadecimal digits in upper case`,
		`^([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})$`: `"!" is not 3 or 6 hexadecimal digits`,
		`^https://[^/?#]+/?$`: `"!" is not "https://", then 1 or more characters other than "#", "/" and "?", ` +
			`then perhaps "/"`,
		`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`: `"!" is not a GUID, such as ` +
			`390e06e2-7e5b-4133-8014-fac7ac991af7`,

		// What a pattern seems to stand for, beside the pattern.
		`^[^@\s]+@[^@\s]+\.[^@\s]+$`: `"!" does not match "^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", the pattern of an e-mail address`,
		`^\d{4}-(0[1-9]|1[0-2])-\d\d$`: `"!" does not match "^\\d{4}-(0[1-9]|1[0-2])-\\d\\d$", the pattern of a date, such as ` +
			`2026-01-31`,
		`^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$`: `"!" does not match ` +
			`"^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?Z$", the pattern of a date and time, such as 2026-01-31T12:00:00Z`,
		`^https?://.+$`: `"!" does not match "^https?://.+$", the pattern of a URL`,

		// Neither.
		`[0-9]`:            `"!" does not match "[0-9]"`,
		`^a`:               `"!" does not match "^a"`,
		`^(a+)+$`:          `"!" does not match "^(a+)+$"`,
		`^[a-fq]{3}$`:      `"!" does not match "^[a-fq]{3}$"`,
		`^(\d|[a-z]{2})$`:  `"!" does not match "^(\\d|[a-z]{2})$"`,
		`^\d-\d-\d-\d-\d$`: `"!" does not match "^\\d-\\d-\\d-\\d-\\d$"`,
		`(`:                `"!" does not match "("`,
	} {
		if got := mismatch("!", pattern); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", pattern, got, want)
		}
	}
}

// FuzzPatternWords looks for patterns that take too long, or words without an end.
func FuzzPatternWords(f *testing.F) {
	for _, pattern := range []string{`^\d+$`, `^(a|b|[c-z]{2})?$`, `^(((a?)?b?)?c?){5}$`, `^[^a]{1,3}$`, `^$`, `(?i)^a$`} {
		f.Add(pattern)
	}
	f.Fuzz(func(t *testing.T, pattern string) {
		if words := patternWords(pattern); len(words) > 2*maxWords+maxTexts*len(pattern) {
			t.Errorf("%q: %d bytes of words", pattern, len(words))
		}
	})
}
