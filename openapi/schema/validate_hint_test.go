package schema

import "testing"

func TestATextThatWouldBeRightWithoutQuotationMarksIsNamed(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value  any
		wanted []string
		want   string
	}{
		{"false", []string{"boolean", "null"}, "write false without quotation marks"},
		{"12", []string{"integer"}, "write 12 without quotation marks"},
		{"12.5", []string{"number"}, "write 12.5 without quotation marks"},
		{"null", []string{"object", "null"}, "write null without quotation marks"},
		{"yes", []string{"boolean"}, ""},
		{"12", []string{"boolean"}, ""},
		{`"x"`, []string{"array"}, ""},
		{true, []string{"string"}, ""},
	} {
		if got := unquoted(tt.value, tt.wanted); got != tt.want {
			t.Errorf("%v for %v: %q, want %q", tt.value, tt.wanted, got, tt.want)
		}
	}
}
