package graphtest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/graphmock/graphmock/fixtures"
	"github.com/graphmock/graphmock/openapi"
	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/graphtest"
)

// shop is a contract that is not Graph's.
func shop(t *testing.T, servers string) *openapi.Contract {
	t.Helper()
	c, err := openapi.Parse("shop.yaml", []byte(`
openapi: 3.0.3
info: { title: Shop, version: "1" }
`+servers+`
paths:
  /orders:
    get:
      operationId: listOrders
      responses: { "200": { description: all, content: { application/json: { schema: { type: array, items: {} } } } } }
`))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestClientReachesTheHostsOfTheContract(t *testing.T) {
	t.Parallel()
	const servers = `servers:
  - { url: "https://api.shop.example/v2/" }
  - { url: "http://localhost:3000/v2" }
  - { url: "https://{shop}.shops.example:8443/v2", variables: { shop: { default: demo } } }
  - { url: "//plain.shop.example" }
  - { url: "/v2" }`
	for target, want := range map[string]string{
		"https://api.shop.example/v2/orders":        "",
		"https://API.shop.example:443/v2/orders":    "",
		"http://localhost:3000/v2/orders":           "",
		"https://acme.shops.example:8443/v2/orders": "",
		"https://plain.shop.example/orders":         "",
		"https://graph.microsoft.com/v2/orders":     "",
		"http://localhost:3001/v2/orders":           `"localhost:3001" is not a host`,
		"https://apixshop.example/v2/orders":        `"apixshop.example" is not a host`,
		"https://shops.example:8443/v2/orders":      `"shops.example:8443" is not a host`,
		"https://elsewhere.example/": `"elsewhere.example" is not a host of the contract's servers, such as ` +
			`https://api.shop.example, and this client reaches no other; name it under servers in the contract, ` +
			`or send to https://api.shop.example`,
		"https://Login.MicrosoftOnline.com/common/discovery/v2.0/keys": "",
	} {
		g := graphtest.NewServerConfig(t, server.Config{Contract: shop(t, servers)})
		if got := g.URL(); got != "https://api.shop.example" {
			t.Errorf("URL %s", got)
		}
		res, err := g.Client().Get(target)
		switch {
		case err == nil:
			res.Body.Close()
			if want != "" || res.StatusCode != http.StatusOK {
				t.Errorf("%s: %s, want %q", target, res.Status, want)
			}
		case want == "" || !strings.Contains(err.Error(), want):
			t.Errorf("%s: %v, want %q", target, err, want)
		}
	}
}

func TestURLOfAContractWithoutHostsIsGraphs(t *testing.T) {
	t.Parallel()
	for _, servers := range []string{"", `servers: [{ url: /v2 }]`} {
		g := graphtest.NewServerConfig(t, server.Config{Contract: shop(t, servers)})
		if got := g.URL(); got != "https://graph.microsoft.com" {
			t.Errorf("%s: %s", servers, got)
		}
	}
}

// TestResponsesOverHTTPSHaveAConnection is about code that looks at certificates.
func TestResponsesOverHTTPSHaveAConnection(t *testing.T) {
	t.Parallel()
	g := graphtest.NewServerConfig(t, server.Config{Auth: server.AuthOff})
	for target, secure := range map[string]bool{list: true, strings.Replace(list, "https", "http", 1): false} {
		res, err := g.Client().Get(target)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if secure != (res.TLS != nil && res.TLS.PeerCertificates[0].VerifyHostname("graph.microsoft.com") == nil) {
			t.Errorf("%s: %+v", target, res.TLS)
		}
	}
}

// TestVerdictShowsWhatCameOfIt is about what a test can look at before its end.
func TestVerdictShowsWhatCameOfIt(t *testing.T) {
	t.Parallel()
	g := graphtest.NewServer(t)
	if v := g.Verdict(); !v.Clean || len(v.Violations)+len(v.Duplicates) != 0 {
		t.Errorf("at the start: %+v", v)
	}
	get(t, g.Client(), list, g.Token())
	get(t, g.Client(), list+"/x/historyItem", g.Token())
	g.TakeViolations()
	v := g.Verdict()
	if v.Clean || len(v.Violations) != 1 || len(v.Unmatched) != 1 || v.Coverage.Percent <= 0 {
		t.Errorf("in the end: %+v", v)
	}
}

func TestFixturesNeedNoContract(t *testing.T) {
	t.Parallel()
	d, err := fixtures.Parse("tenant.yaml", []byte(`
version: 1
users: [{ id: 0b9c3d34-92f4-4a5c-9f2e-6a1f2a3b4c5d, userPrincipalName: b@contoso.com }]
`))
	if err != nil {
		t.Fatal(err)
	}
	g := graphtest.NewServerConfig(t, server.Config{Fixtures: d})
	if status := get(t, g.Client(), list, g.Token(graphtest.User("b@contoso.com"))); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
}
