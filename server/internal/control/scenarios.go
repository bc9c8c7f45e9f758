package control

import (
	"net/http"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
	"github.com/graphmock/graphmock/scenarios"
)

// bodyName is what problems call the document that was sent.
const bodyName = "body"

// scenarios responds with the state of every scenario that is played.
func (h *Handler) scenarios(*http.Request, []byte) (any, error) {
	return append([]scenarios.Status{}, h.server.Scenarios()...), nil
}

// stop stops the scenario that the path names, and responds as scenarios.
func (h *Handler) stop(r *http.Request, _ []byte) (any, error) {
	name := r.PathValue("name")
	if h.server.RemoveScenario(name) {
		return h.scenarios(r, nil)
	}
	var names []string
	for _, s := range h.server.Scenarios() {
		if s.Scenario != "" {
			names = append(names, s.Scenario)
		}
	}
	if len(names) == 0 {
		return nil, errorf(http.StatusNotFound, "no scenario is played")
	}
	return nil, errorf(http.StatusNotFound, "no scenario %s is played; there are: %s", jsontext.Quote(name),
		strings.Join(names, ", "))
}

// play plays the scenario that was sent until the next reset, and responds as scenarios.
// The scenario has no file: a name in it must not lead to one of this machine.
func (h *Handler) play(r *http.Request, body []byte) (any, error) {
	scenario, err := scenarios.Parse(bodyName, body, h.server.Contract)
	if err != nil {
		return nil, documentError("the scenario", err)
	}
	scenario.File = ""
	if err := h.server.AddScenario(scenario); err != nil {
		return nil, documentError("the scenario", err)
	}
	return h.scenarios(r, nil)
}
