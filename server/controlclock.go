package server

import (
	"bytes"
	"math"
	"net/http"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// vitals is what the server says of itself.
type vitals struct {
	Status   string    `json:"status"`
	Contract string    `json:"contract"`
	Now      time.Time `json:"now"` // by the server's clock
}

func (s *Server) vitals() vitals {
	c := s.config.Contract
	return vitals{Status: "ok", Contract: c.Title() + " " + c.Version(), Now: s.clock.now()}
}

func (s *Server) controlHealth(*http.Request, []byte) (any, error) { return s.vitals(), nil }

func (s *Server) controlReset(_ *http.Request, body []byte) (any, error) {
	if text := string(bytes.TrimSpace(body)); text != "" && text != "{}" {
		return nil, refuse(http.StatusBadRequest, "reset takes no body; it brings back everything")
	}
	if err := s.Reset(); err != nil {
		return nil, refuseDocument("the state at the start", err)
	}
	return s.vitals(), nil
}

// controlAdvance moves the clock by what {"by": "10m"} says, and answers the new
// time.
func (s *Server) controlAdvance(_ *http.Request, body []byte) (any, error) {
	const hint = `send {"by": "10m"}, as JSON`
	v, syntax := openapi.DecodeJSON(body)
	if syntax != nil {
		return nil, refuse(http.StatusBadRequest, "body:%v (%s)", syntax, hint)
	}
	sent, _ := v.(map[string]any)
	text, ok := sent["by"].(string)
	if !ok || len(sent) != 1 {
		return nil, refuse(http.StatusBadRequest, "the body is not an object with by, a string, and nothing else (%s)", hint)
	}
	by, err := time.ParseDuration(text)
	switch {
	case err != nil:
		return nil, refuse(http.StatusBadRequest, "by: %s is not a duration, such as 90s, 10m or 1h30m", quote(text))
	case by < 0:
		return nil, refuse(http.StatusBadRequest, "by: %s is below zero; the clock only goes ahead (POST %s/reset takes it back)", quote(text), controlRoot)
	case !s.advance(by):
		return nil, refuse(http.StatusBadRequest, "by: %s is too far; the clock can be moved by %d years in all", quote(text), maxAhead/year)
	}
	return s.vitals(), nil
}

// maxAhead is how far the clock can be moved in all: far enough for any test, and
// near enough for every sum of times to fit its type.
const (
	year     = 365 * 24 * time.Hour
	maxAhead = math.MaxInt64 / 4 / year * year
)

// advance moves the clock, if it is not too far.
func (s *Server) advance(by time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if by > maxAhead-time.Duration(s.clock.ahead.Load()) {
		return false
	}
	s.clock.ahead.Add(int64(by))
	return true
}
