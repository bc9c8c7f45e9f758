package jsontext

import "testing"

func TestMediaTypesOfJSON(t *testing.T) {
	t.Parallel()
	for media, want := range map[string]bool{
		"application/json": true, "application/problem+json": true, "text/plain": false, "json": false, "": false,
		"application/json-seq": false,
	} {
		if got := IsMediaType(media); got != want {
			t.Errorf("%q: %v", media, got)
		}
	}
}
