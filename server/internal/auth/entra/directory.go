package entra

import "time"

// A Directory is what a tenant has that signing in asks for. It is read anew by each
// request.
type Directory interface {
	// Tenant returns the id of the tenant.
	Tenant() string

	// Application returns the one with an application id, or an identifier URI such as
	// api://contoso.
	Application(name string) (Application, bool)

	// User returns the one with an object id or a user principal name.
	User(name string) (User, bool)

	// Users returns those to choose from. The first one is who signs in where nobody can
	// choose.
	Users() []User

	// Identity returns the application that managed identity is.
	Identity() Application

	// Scopes returns the delegated permissions of a token for Graph that may do everything.
	Scopes() []string
}

// A User is a user of a tenant.
type User struct {
	ID, PrincipalName, DisplayName, GivenName, Surname, Mail string

	Disabled   bool
	ValidAfter time.Time // what was issued before that is revoked
}

// An Application is a client, and perhaps a resource as well. What a registration does not
// say is zero.
type Application struct {
	ID        string // application id, in lower case
	Name      string
	Principal string   // object id of its service principal
	URIs      []string // identifiers of it as a resource
	Scopes    []string // that it has as a resource
	Disabled  bool

	Secrets      []Secret
	Certificates [][]byte // DER
	Federated    []Federation
	Redirects    []Redirect

	// Granted tells what the tenant has granted of Graph; nil is everything: who has not
	// modelled consent is not asked for it.
	Granted *Grants

	Unregistered bool // nobody did; it is taken at its word
}

// A Secret is a password of an application.
type Secret struct {
	Text    string
	Expires time.Time // zero is never
}

// A Federation lets tokens of another issuer stand for an application.
type Federation struct {
	Issuer, Subject string
	Audiences       []string
}

// A Redirect is a URL to which responses may go.
type Redirect struct {
	URL  string
	Kind RedirectKind
}

// A RedirectKind is the type of application that a redirect is of.
type RedirectKind string

// The kinds of redirects.
const (
	Web    RedirectKind = "web" // has to show a credential
	SPA    RedirectKind = "spa" // in a browser, across origins
	Public RedirectKind = "publicClient"
)

// Grants are what an application may do.
type Grants struct {
	Roles  []string            // application permissions
	Scopes map[string][]string // delegated ones by object id of a user; "" is for all
}
