package verify_test

import (
	"testing"
	"time"

	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/verify"
)

func newServer(t *testing.T) *server.Server {
	t.Helper()
	s, err := server.New(server.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tokenOf(t *testing.T, s *server.Server) string {
	t.Helper()
	token, err := s.Token(server.TokenOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestCleanServerHasNoFindings(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	start := time.Now()
	config := verify.Config{
		Target: "https://graph.microsoft.com", Token: tokenOf(t, s), Transport: s.Transport(), Seed: 2,
		// the command's script has all
		Include: []string{"me.activities.*", "me.CreateActivity", "me.UpdateActivity", "batch"},
	}
	result, err := verify.Run(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d requests, %d cases, %v", result.Requests, result.Cases, time.Since(start))
	for _, f := range result.Findings {
		t.Errorf("%s: %s: %s\n  %s\n  %s (%d times; %s)", f.Pattern, f.Rule, f.Message, f.Case, f.Curl, f.Count,
			f.Violation.Evidence)
	}
}
