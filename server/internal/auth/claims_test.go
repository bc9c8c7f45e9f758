package auth

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"

	"github.com/graphmock/graphmock/openapi/graph"
)

func TestMintedTokenIsReadAndVerified(t *testing.T) {
	t.Parallel()
	text, err := mint(claims{UPN: "user@contoso.com", AppID: "app", Scope: "a b"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := parse(text)
	if err != nil || c.userName() != "user@contoso.com" || c.client() != "app" || len(c.scopes()) != 2 || c.appOnly() {
		t.Errorf("%+v, %v", c, err)
	}
	if err := verify(text, noKeys); err != nil {
		t.Error(err)
	}
	if err := verify(text[:len(text)-2], noKeys); !errors.Is(err, errSignature) {
		t.Errorf("a changed signature: %v", err)
	}
}

func noKeys(string) (crypto.PublicKey, bool) { return nil, false }

// A key counts with its own algorithm only, and no algorithm at all never does.
func TestSignaturesOfPublishedKeysAreVerified(t *testing.T) {
	t.Parallel()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	published := func(id string) (crypto.PublicKey, bool) { return &private.PublicKey, id == "K" }
	signed := func(method jwt.SigningMethod, id string, with any) string {
		token := jwt.NewWithClaims(method, claims{UPN: "user@contoso.com"})
		token.Header["kid"] = id
		text, err := token.SignedString(with)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	public, err := x509.MarshalPKIXPublicKey(&private.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	good := signed(jwt.SigningMethodRS256, "K", private)
	header, _, _ := strings.Cut(good, ".")
	for name, test := range map[string]struct {
		token string
		want  error
	}{
		"a published key":          {good, nil},
		"an unknown key":           {signed(jwt.SigningMethodRS256, "L", private), errSignature},
		"another algorithm":        {signed(jwt.SigningMethodPS256, "K", private), errSignature},
		"the public key as secret": {signed(jwt.SigningMethodHS256, "K", public), errSignature},
		"no algorithm":             {signed(jwt.SigningMethodNone, "K", jwt.UnsafeAllowNoneSignatureType), errSignature},
		"other claims":             {header + ".e30." + good[strings.LastIndex(good, ".")+1:], errSignature},
	} {
		if err := verify(test.token, published); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

func TestVersion2ClaimsAreRead(t *testing.T) {
	t.Parallel()
	c := claims{AuthorizedParty: "app", PreferredUsername: "user@contoso.com", Roles: []string{"User.Read.All"}}
	if c.client() != "app" || c.userName() != "user@contoso.com" || !c.appOnly() {
		t.Errorf("%+v", c)
	}
}

func TestWhatIsNoJWTIsOpaque(t *testing.T) {
	t.Parallel()
	header := "eyJhbGciOiJSUzI1NiJ9" // {"alg":"RS256"}
	for text, want := range map[string]error{
		"":                       errOpaque,
		"EwB4A8l6BAAU":           errOpaque,
		"a.b.c":                  errOpaque,
		header + ".e30":          errOpaque,
		header + ".e30.x.y.z":    errOpaque, // encrypted tokens are nobody's to read
		header + ".e30.eA":       nil,
		header + ".!.x":          errMalformed,
		header + ".bm90IGpzb24.": errMalformed,
	} {
		if _, err := parse(text); !errors.Is(err, want) {
			t.Errorf("parse(%q): %v, want %v", text, err, want)
		}
	}
}

func TestErrorsDoNotHoldTheToken(t *testing.T) {
	t.Parallel()
	const secret = "c2VjcmV0"
	text := "eyJhbGciOiJSUzI1NiJ9." + secret + "." + secret
	_, err := parse(text)
	if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(verify(text, noKeys).Error(), secret) {
		t.Errorf("error %v", err)
	}
}

func TestAudiencesOfGraph(t *testing.T) {
	t.Parallel()
	for audience, want := range map[string]bool{
		graph.AppID: true, graph.AppID + "/": true, "https://graph.microsoft.com": true,
		"https://graph.microsoft.com/": true,
		"https://graph.microsoft.us":   true,
		"http://graph.microsoft.com":   false, "https://graph.windows.net": false, "": false,
	} {
		c := claims{RegisteredClaims: jwt.RegisteredClaims{Audience: jwt.ClaimStrings{audience}}}
		if c.forGraph() != want {
			t.Errorf("audience %q: %v", audience, !want)
		}
	}
}

// Whatever a client sends as a token, it is read or refused, and no error tells
// what it was.
func FuzzParse(f *testing.F) {
	minted, err := mint(claims{UPN: "user@contoso.com", AppID: "app", Scope: "UserActivity.ReadWrite.CreatedByApp"})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		minted, minted + ".", minted[:len(minted)-2], "any-token", "EwB4A8l6BAAU", "..", "eyJhbGciOiJub25lIn0.e30.",
		"eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjFlOTk5OTk5fQ.x", "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOls1XX0.x",
		"eyJhbGciOiJSUzI1NiJ9.bnVsbA.x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := parse(text)
		if (c == nil) == (err == nil) {
			t.Fatalf("claims %v and error %v", c, err)
		}
		if err == nil {
			c.appOnly()
			c.forGraph()
			c.scopes()
		}
		for _, err := range []error{err, verify(text, noKeys)} {
			if err != nil && err != errOpaque && err != errMalformed && err != errSignature {
				t.Fatalf("error %v", err)
			}
		}
	})
}
