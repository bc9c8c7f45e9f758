package schema

import (
	"errors"
	"testing"
)

func TestPatternsAreWrittenForGo(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		"":                        "",
		`^\/a\.b$`:                `^\/a\.b$`,
		`[\u0041-\u005a]`:         `[\x{0041}-\x{005a}]`,
		`\\u0041`:                 `\\u0041`,
		`\u004`:                   `\u004`,
		`a\`:                      `a\`,
		`\d{4}-\u00e9\\\u0020(x)`: `\d{4}-\x{00e9}\\\x{0020}(x)`,
	} {
		if got := goPattern(pattern); got != want {
			t.Errorf("%s: got %s, want %s", pattern, got, want)
		}
	}
}

func TestPatternsBeyondGoAreTold(t *testing.T) {
	t.Parallel()
	for pattern, beyond := range map[string]bool{
		`^(?=.*[0-9]).+$`: true, `^(a|b)\1$`: true, `^arn:.{1,2048}$`: true,
		`^[\u0041-\u005A]$`: false, `(a`: false, `[z-a]`: false,
	} {
		r, err := CompilePattern(pattern)
		if errors.Is(err, ErrBeyondGo) != beyond {
			t.Errorf("%s: got %v, %v", pattern, r, err)
		}
	}
}
