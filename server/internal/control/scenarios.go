package control

import (
	"net/http"

	"github.com/graphmock/graphmock/scenarios"
)

// bodyName is what problems call the document that was sent.
const bodyName = "body"

// scenarios responds with the state of every scenario that is played.
func (h *Handler) scenarios(*http.Request, []byte) (any, error) {
	return append([]scenarios.Status{}, h.server.Scenarios()...), nil
}

// play plays the scenario that was sent, and responds as scenarios. The scenario has
// no file: a name in it must not lead to one of this machine.
func (h *Handler) play(r *http.Request, body []byte) (any, error) {
	scenario, err := scenarios.Parse(bodyName, body, h.server.Contract)
	if err != nil {
		return nil, documentError("the scenario", err)
	}
	scenario.File = ""
	if err := h.server.AddScenarios(scenario); err != nil {
		return nil, documentError("the scenario", err)
	}
	return h.scenarios(r, nil)
}
