package scenarios

import (
	"net/http"
	"net/url"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// An Exchange is what an Engine has to know of a request to decide about it. The engine
// keeps nothing of it.
type Exchange struct {
	Match  openapi.Match // with its operation
	Path   string        // of the URL, as sent
	Query  url.Values
	Header http.Header
	Body   any // as jsontext.Decode returns it, nil if there is none

	User   string // user principal name of the token's user, empty if it has none
	UserID string // object id of the same user
	App    string // application id
	Scopes []string
	Tenant string // id of the tenant

	Now time.Time // by the server's clock
}
