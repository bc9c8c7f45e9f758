package entra

import (
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// notifier is the application of Graph that sends change notifications.
const notifier = "0bf30f3b-4a52-48df-9a82-234910c4a086"

// ValidationToken returns the token by which an application knows that change notifications with the
// data of resources are Graph's: it is for the application, of Graph, and signed as all tokens are.
// [DOC change-notifications-with-resource-data.md]
func ValidationToken(tenant, app string, now time.Time) string {
	issuer := "https://sts.windows.net/" + tenant + "/"
	return sign(jwt.MapClaims{
		"aud": app, "iss": issuer, "idp": issuer, "tid": tenant, "appid": notifier, "appidacr": "2", "ver": "1.0",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(24 * time.Hour).Unix(),
	}, nil)
}
