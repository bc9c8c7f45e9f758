package server_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/openapi/edm"
	"github.com/graphmock/graphmock/server"
)

// A walk over the model at random: wherever it leads, each method is answered without a
// bug, and as the operation's own contract says.
func TestEveryPathOfTheModelIsAnswered(t *testing.T) {
	t.Parallel()
	s := newServer(t, server.Config{Now: now, Observe: func(e server.Exchange) {
		for _, v := range e.Violations {
			if v.Side == openapi.ResponseSide {
				t.Errorf("%s %s: %d breaks the contract: %s", e.Method, e.Path, e.Status, v)
			}
		}
	}})
	random := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		path := randomPath(random)
		for _, method := range []string{"GET", "POST", "PATCH", "PUT", "DELETE"} {
			res, text := send(t, s, method, "/v1.0"+path, strings.NewReader("{}"))
			if res.StatusCode >= 500 && res.Header.Get("Graphmock-Unsupported") == "" {
				t.Errorf("%s %s: %s %s %s", method, path, res.Status, res.Header["Graphmock-Violation"], text)
			}
		}
	}
}

// randomPath draws a path of the model: names, keys, and what may follow at the end.
func randomPath(random *rand.Rand) string {
	at, path, collection := openapi.Embedded().Tree().Model().Container(), "", false
	for range 1 + random.IntN(5) {
		if collection {
			path, collection = path+"/key-1", false
			continue
		}
		all := at.Properties()
		if len(all) == 0 {
			break
		}
		p := all[random.IntN(len(all))]
		path += "/" + p.Name
		at, collection = p.Type(), p.Collection
		if at == nil || at.Kind != edm.Entity && at.Kind != edm.Complex {
			break
		}
	}
	return path + []string{"", "", "", "/$count", "/$ref", "/$value"}[random.IntN(6)]
}
