package report

import "testing"

func TestPrintableTextSteersNoTerminal(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"Größe 1 \u2713":               "Größe 1 \u2713",
		"\x1b[2J\x1b]0;title\a":        "\ufffd[2J\ufffd]0;title\ufffd",
		"a\r\nb\tc":                    "a\ufffd\ufffdb\ufffdc",
		"\x7f\u009b31m\u0085":          "\ufffd\ufffd31m\ufffd",
		"\x9b31m":                      "\ufffd31m", // no UTF-8, and a command to some terminals
		"user\u202e\u2066moc.osotnoc":  "user\ufffd\ufffdmoc.osotnoc",
		"one\u2028two\u2029three\x00.": "one\ufffdtwo\ufffdthree\ufffd.",
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
