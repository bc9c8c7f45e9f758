package journal

import (
	"testing"
	"time"
)

func TestExchangeHasItsBodyAsJSON(t *testing.T) {
	t.Parallel()
	v, err := Exchange{Body: []byte(`{"a": 1}`)}.JSON()
	if object, ok := v.(map[string]any); err != nil || !ok || object["a"] != 1.0 {
		t.Errorf("got %v, %v", v, err)
	}
	if _, err := (Exchange{Body: []byte(`{`)}).JSON(); err == nil {
		t.Error("what is no JSON has no error")
	}
}

func TestResponseIsReadyWhenItsTimeIsOver(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	r := Record{Exchange: Exchange{At: at, Took: time.Second}}
	if got := r.Ready(); !got.Equal(at.Add(time.Second)) {
		t.Errorf("got %v", got)
	}
}
