package entra

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// Claims that package auth knows, beside those that Entra has: the token is held to no
// permissions, and that of an application to which none were granted. Without the latter it
// would be one of those that tests make up, and that name none.
const (
	everything = "graphmock_everything"
	nothing    = "graphmock_nothing"
)

// baseClaims are those that all access tokens have. Graph's are always of version 1.
func (x *exchange) baseClaims(c client, a *asked, life time.Duration) (claims jwt.MapClaims, header map[string]any) {
	tenant := x.directory.Tenant()
	claims = jwt.MapClaims{
		"aud": a.audience(x), "iat": x.now.Add(-backdated).Unix(), "nbf": x.now.Add(-backdated).Unix(),
		"exp": x.now.Add(life).Unix(), "tid": tenant, "uti": x.opaque(16), "aio": x.opaque(32),
		"rh": "1." + x.opaque(24) + ".",
	}
	if x.understandsChallenges() {
		claims["xms_cc"] = []string{"CP1"}
	}
	if a.app != "" { // an API of the tenant's own
		claims["ver"], claims["iss"] = "2.0", x.origin+"/"+tenant+"/v2.0"
		claims["azp"], claims["azpacr"] = c.ID, c.shown
		return claims, nil
	}
	claims["ver"], claims["iss"] = "1.0", "https://sts.windows.net/"+tenant+"/"
	claims["appid"], claims["appidacr"], claims["app_displayname"] = c.ID, c.shown, c.Name
	claims["idp"] = claims["iss"]
	claims["tenant_region_scope"] = "WW"
	return claims, map[string]any{"x5t": signing().id}
}

// appToken makes the token of an application itself.
func (x *exchange) appToken(c client, a *asked, life time.Duration) string {
	claims, header := x.baseClaims(c, a, life)
	claims["idtyp"], claims["oid"], claims["sub"] = "app", c.Principal, c.Principal
	if a.isGraph {
		switch {
		case c.Granted == nil:
			claims[everything] = true
		case len(c.Granted.Roles) > 0:
			claims["roles"] = slices.Sorted(slices.Values(c.Granted.Roles))
		default:
			claims[nothing] = true
		}
	}
	return sign(claims, header)
}

// opaque is random text of n characters.
func (x *exchange) opaque(n int) string {
	var b strings.Builder
	for b.Len() < n {
		sum := sha256.Sum256([]byte(x.config.NewID()))
		b.WriteString(base64.RawURLEncoding.EncodeToString(sum[:]))
	}
	return b.String()[:n]
}

// understandsChallenges reports whether the client says that it does: its claims ask for
// xms_cc with cp1.
func (x *exchange) understandsChallenges() bool {
	var claims struct {
		Access struct {
			Capabilities struct {
				Values []string `json:"values"`
			} `json:"xms_cc"`
		} `json:"access_token"`
	}
	if json.Unmarshal([]byte(x.form.get("claims")), &claims) != nil {
		return false
	}
	return slices.ContainsFunc(claims.Access.Capabilities.Values, func(v string) bool { return strings.EqualFold(v, "cp1") })
}
