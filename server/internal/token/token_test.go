package token

import (
	"errors"
	"strings"
	"testing"

	"github.com/golang-jwt/jwt/v5"
)

func TestMintedTokenIsReadAndVerified(t *testing.T) {
	t.Parallel()
	text, err := Mint(Claims{UPN: "user@contoso.com", AppID: "app", Scope: "a b"})
	if err != nil {
		t.Fatal(err)
	}
	c, err := Parse(text)
	if err != nil || c.UserName() != "user@contoso.com" || c.Client() != "app" || len(c.Scopes()) != 2 || c.AppOnly() {
		t.Errorf("%+v, %v", c, err)
	}
	if err := Verify(text); err != nil {
		t.Error(err)
	}
	if err := Verify(text[:len(text)-2]); !errors.Is(err, ErrSignature) {
		t.Errorf("a changed signature: %v", err)
	}
}

func TestVersion2ClaimsAreRead(t *testing.T) {
	t.Parallel()
	c := Claims{AuthorizedParty: "app", PreferredUsername: "user@contoso.com", Roles: []string{"User.Read.All"}}
	if c.Client() != "app" || c.UserName() != "user@contoso.com" || !c.AppOnly() {
		t.Errorf("%+v", c)
	}
}

func TestWhatIsNoJWTIsOpaque(t *testing.T) {
	t.Parallel()
	header := "eyJhbGciOiJSUzI1NiJ9" // {"alg":"RS256"}
	for text, want := range map[string]error{
		"":                       ErrOpaque,
		"EwB4A8l6BAAU":           ErrOpaque,
		"a.b.c":                  ErrOpaque,
		header + ".e30":          ErrOpaque,
		header + ".e30.x.y.z":    ErrOpaque, // encrypted tokens are nobody's to read
		header + ".e30.eA":       nil,
		header + ".!.x":          ErrMalformed,
		header + ".bm90IGpzb24.": ErrMalformed,
	} {
		if _, err := Parse(text); !errors.Is(err, want) {
			t.Errorf("Parse(%q): %v, want %v", text, err, want)
		}
	}
}

func TestErrorsDoNotHoldTheToken(t *testing.T) {
	t.Parallel()
	const secret = "c2VjcmV0"
	text := "eyJhbGciOiJSUzI1NiJ9." + secret + "." + secret
	_, err := Parse(text)
	if err == nil || strings.Contains(err.Error(), secret) || strings.Contains(Verify(text).Error(), secret) {
		t.Errorf("error %v", err)
	}
}

func TestAudiencesOfGraph(t *testing.T) {
	t.Parallel()
	for audience, want := range map[string]bool{
		GraphAppID: true, GraphAppID + "/": true, "https://graph.microsoft.com": true, "https://graph.microsoft.com/": true,
		"https://graph.microsoft.us": true, "http://graph.microsoft.com": false, "https://graph.windows.net": false, "": false,
	} {
		c := Claims{RegisteredClaims: jwt.RegisteredClaims{Audience: jwt.ClaimStrings{audience}}}
		if c.ForGraph() != want {
			t.Errorf("audience %q: %v", audience, !want)
		}
	}
}

// Whatever a client sends as a token, it is read or refused, and no error tells
// what it was.
func FuzzParse(f *testing.F) {
	minted, err := Mint(Claims{UPN: "user@contoso.com", AppID: "app", Scope: "UserActivity.ReadWrite.CreatedByApp"})
	if err != nil {
		f.Fatal(err)
	}
	for _, text := range []string{
		minted, minted + ".", minted[:len(minted)-2], "any-token", "EwB4A8l6BAAU", "..", "eyJhbGciOiJub25lIn0.e30.",
		"eyJhbGciOiJSUzI1NiJ9.eyJleHAiOjFlOTk5OTk5fQ.x", "eyJhbGciOiJSUzI1NiJ9.eyJhdWQiOls1XX0.x", "eyJhbGciOiJSUzI1NiJ9.bnVsbA.x",
	} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse(text)
		if (c == nil) == (err == nil) {
			t.Fatalf("claims %v and error %v", c, err)
		}
		if err == nil {
			c.AppOnly()
			c.ForGraph()
			c.Scopes()
		}
		for _, err := range []error{err, Verify(text)} {
			if err != nil && err != ErrOpaque && err != ErrMalformed && err != ErrSignature {
				t.Fatalf("error %v", err)
			}
		}
	})
}
