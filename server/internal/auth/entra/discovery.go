package entra

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2/simplelru"

	"github.com/graphmock/graphmock/openapi/graph"
)

// shared are the names that stand for whatever tenant a user is of.
var shared = []string{"common", "organizations", "consumers"}

func isShared(tenant string) bool { return slices.Contains(shared, strings.ToLower(tenant)) }

// openTenant finds the directory of the tenant that the path names.
func (x *exchange) openTenant() *failure {
	name := strings.ToLower(x.tenant)
	if isShared(name) {
		name = x.home()
	} else if uuid.Validate(name) != nil && !domain.MatchString(name) {
		return fail(900023, x.tenant)
	}
	d, found := x.config.Directory(name)
	if !found {
		return fail(90002, x.tenant).because("name the tenant by its id, or by a domain of its users")
	}
	x.directory = d
	return nil
}

// home is the tenant that a shared name stands for: the one in which was granted what the
// client redeems, "" where there is none.
func (x *exchange) home() string {
	for _, each := range []struct {
		book **lru.LRU[string, *grantRecord]
		key  string
	}{
		{&x.codes, x.form.get("code")}, {&x.refresh, x.form.get("refresh_token")}, {&x.devices, x.form.get("device_code")},
	} {
		if g, found := x.look(each.book, each.key); found && each.key != "" {
			return g.tenant
		}
	}
	if raw := x.form.get("assertion"); raw != "" {
		if a, f := x.readAssertion(raw); f == nil && a.isOurs {
			return a.text("tid")
		}
	}
	return ""
}

var domain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)

// openDiscovery is openTenant for what is published: pages of any site may read it.
func (x *exchange) openDiscovery() *failure {
	header := x.w.Header()
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Allow-Methods", "GET, OPTIONS")
	header.Set("Cache-Control", "private")
	header.Del("Pragma")
	header.Del("Expires")
	if x.r.Method != http.MethodGet && x.r.Method != http.MethodHead && x.r.Method != http.MethodOptions {
		return fail(900561, "GET", x.r.Method)
	}
	if f := x.openTenant(); f != nil {
		return f
	}
	header.Set("Cache-Control", "max-age=86400, private")
	return nil
}

// path returns the URL of what is below the tenant: by its id, however it was named, or
// shared.
func (x *exchange) path(below string) string {
	tenant := x.directory.Tenant()
	if isShared(x.tenant) {
		tenant = strings.ToLower(x.tenant)
	}
	return x.origin + "/" + tenant + "/" + below
}

// consumersTenant is the tenant of all accounts that are nobody's but their owner's.
const consumersTenant = "9188040d-6c67-4c5b-b112-36a304b66dad"

// issuer is what the tokens of a tenant's users have, as its configuration tells it.
func (x *exchange) issuer() string {
	switch tenant := strings.ToLower(x.tenant); {
	case x.v1:
		return "https://sts.windows.net/" + x.issuingTenant() + "/"
	case tenant == "consumers":
		return x.origin + "/" + consumersTenant + "/v2.0"
	default:
		return x.origin + "/" + x.issuingTenant() + "/v2.0"
	}
}

// issuingTenant is the id of the tenant, or a placeholder where any tenant is meant.
func (x *exchange) issuingTenant() string {
	if isShared(x.tenant) {
		return "{tenantid}"
	}
	return x.directory.Tenant()
}

// configuration is the document by which clients find everything else.
type configuration struct {
	Token                string   `json:"token_endpoint"`
	Authentication       []string `json:"token_endpoint_auth_methods_supported"`
	Keys                 string   `json:"jwks_uri"`
	ResponseModes        []string `json:"response_modes_supported"`
	SubjectTypes         []string `json:"subject_types_supported"`
	Algorithms           []string `json:"id_token_signing_alg_values_supported"`
	ResponseTypes        []string `json:"response_types_supported"`
	Scopes               []string `json:"scopes_supported"`
	Issuer               string   `json:"issuer"`
	RequestURI           bool     `json:"request_uri_parameter_supported"`
	UserInfo             string   `json:"userinfo_endpoint"`
	Authorization        string   `json:"authorization_endpoint"`
	Device               string   `json:"device_authorization_endpoint"`
	HTTPLogout           bool     `json:"http_logout_supported"`
	FrontLogout          bool     `json:"frontchannel_logout_supported"`
	EndSession           string   `json:"end_session_endpoint"`
	Claims               []string `json:"claims_supported"`
	Region               *string  `json:"tenant_region_scope"`
	Cloud                string   `json:"cloud_instance_name"`
	CloudGraph           string   `json:"cloud_graph_host_name"`
	GraphHost            string   `json:"msgraph_host"`
	RBAC                 string   `json:"rbac_url"`
	CodeChallengeMethods []string `json:"code_challenge_methods_supported,omitempty"`
}

// discover answers with the configuration of a tenant.
func (x *exchange) discover() {
	if f := x.openDiscovery(); f != nil {
		x.sendFailure(f)
		return
	}
	version := "v2.0/"
	if x.v1 {
		version = ""
	}
	c := configuration{
		Token:          x.path("oauth2/" + version + "token"),
		Authentication: []string{"client_secret_post", "private_key_jwt", "client_secret_basic"},
		Keys:           x.path("discovery/" + version + "keys"),
		ResponseModes:  []string{"query", "fragment", "form_post"},
		SubjectTypes:   []string{"pairwise"}, Algorithms: []string{"RS256"},
		ResponseTypes: []string{"code"}, // of which no more is served
		Scopes:        []string{"openid", "profile", "email", "offline_access"},
		Issuer:        x.issuer(), UserInfo: "https://graph.microsoft.com/oidc/userinfo",
		Authorization: x.path("oauth2/" + version + "authorize"), Device: x.path("oauth2/" + version + "devicecode"),
		HTTPLogout: true, FrontLogout: true, EndSession: x.path("oauth2/" + version + "logout"),
		Claims: []string{
			"sub", "iss", "cloud_instance_name", "cloud_instance_host_name", "cloud_graph_host_name", "msgraph_host", "aud",
			"exp", "iat", "auth_time", "acr", "nonce", "preferred_username", "name", "tid", "ver", "at_hash", "c_hash",
			"email",
		},
		Cloud: "microsoftonline.com", CloudGraph: "graph.windows.net", GraphHost: "graph.microsoft.com",
		RBAC: "https://pas.windows.net", CodeChallengeMethods: []string{"plain", "S256"}, // assumed: Entra says none
	}
	if !isShared(x.tenant) {
		region := "WW"
		c.Region = &region
	}
	x.sendJSON(http.StatusOK, c)
}

// An instance is a cloud: the names of its hosts.
type instance struct {
	Network string   `json:"preferred_network"`
	Cache   string   `json:"preferred_cache"`
	Aliases []string `json:"aliases"`
}

// instances are the clouds that there are.
func instances() []instance {
	return []instance{
		{"login.microsoftonline.com", "login.windows.net",
			[]string{"login.microsoftonline.com", "login.windows.net", "login.microsoft.com", "sts.windows.net"}},
		{"login.partner.microsoftonline.cn", "login.partner.microsoftonline.cn",
			[]string{"login.partner.microsoftonline.cn", "login.chinacloudapi.cn"}},
		{"login.microsoftonline.de", "login.microsoftonline.de", []string{"login.microsoftonline.de"}},
		{"login.microsoftonline.us", "login.microsoftonline.us",
			[]string{"login.microsoftonline.us", "login.usgovcloudapi.net"}},
		{"login-us.microsoftonline.com", "login-us.microsoftonline.com", []string{"login-us.microsoftonline.com"}},
	}
}

// discoverInstance answers whether a host may be trusted to sign in at: those of Entra, and
// the one that the client asks.
func (x *exchange) discoverInstance() {
	x.tenant = "common"
	if f := x.openDiscovery(); f != nil {
		x.sendFailure(f)
		return
	}
	asked, _ := url.Parse(x.r.URL.Query().Get("authorization_endpoint"))
	own, _ := url.Parse(x.origin)
	if asked == nil || asked.Host == "" || asked.Host != own.Host && !graph.IsLoginHost(asked.Hostname()) {
		x.sendFailure(fail(50049).because("authorization_endpoint has to be a URL of Entra, or of this server"))
		return
	}
	all := instances()
	known := slices.ContainsFunc(all, func(i instance) bool { return slices.Contains(i.Aliases, own.Hostname()) })
	if !known {
		all = append(all, instance{own.Host, own.Host, []string{own.Host}})
	}
	tenant, _, _ := strings.Cut(strings.TrimPrefix(asked.Path, "/"), "/")
	if tenant == "" {
		tenant = "common"
	}
	x.sendJSON(http.StatusOK, struct {
		Discovery string     `json:"tenant_discovery_endpoint"`
		Version   string     `json:"api-version"`
		Metadata  []instance `json:"metadata"`
	}{asked.Scheme + "://" + asked.Host + "/" + tenant + "/v2.0/.well-known/openid-configuration", "1.1", all})
}
