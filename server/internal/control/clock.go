package control

import (
	"net/http"
	"time"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// advance moves the clock by what {"by": "10m"} says, and responds as health.
func (h *Handler) advance(r *http.Request, body []byte) (any, error) {
	text, err := parseAdvance(body)
	if err != nil {
		return nil, err
	}
	by, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return nil, errorf(http.StatusBadRequest, "by: %s is not a duration, such as 90s, 10m or 1h30m", jsontext.Quote(text))
	case by < 0:
		return nil, errorf(http.StatusBadRequest,
			"by: %s is below zero; the clock only goes ahead (POST %s/reset takes it back)", jsontext.Quote(text), Root)
	case !h.server.Advance(by):
		const year = 365 * 24 * time.Hour
		return nil, errorf(http.StatusBadRequest,
			"by: %s is too far; the clock can be moved by %d years in all", jsontext.Quote(text), h.server.MaxAdvance/year)
	}
	return h.health(r, nil)
}

// parseAdvance returns the text of the duration in a body.
func parseAdvance(body []byte) (string, error) {
	const hint = `send {"by": "10m"}, as JSON`
	v, syntax := jsontext.Decode(body)
	if syntax != nil {
		return "", errorf(http.StatusBadRequest, "body:%v (%s)", syntax, hint)
	}
	sent, _ := v.(map[string]any)
	text, ok := sent["by"].(string)
	if !ok || len(sent) != 1 {
		return "", errorf(http.StatusBadRequest,
			"the body is not an object with by, a string, and nothing else (%s)", hint)
	}
	return text, nil
}
