package graph

import (
	"encoding/base64"
	"fmt"
	"time"
)

// AppID is Graph's own application.
const AppID = "00000003-0000-0000-c000-000000000000"

// Headers of responses.
const (
	// ContentType is that of a successful response.
	ContentType = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8"

	// ErrorContentType is that of an error.
	ErrorContentType = "application/json"

	// ODataVersion is the OData-Version of a successful response with a body.
	ODataVersion = "4.0"

	// StrictTransportSecurity comes with every response.
	StrictTransportSecurity = "max-age=31536000"

	// Diagnostic is the x-ms-ags-diagnostic of every response. It has the real one's form,
	// and says what responded.
	Diagnostic = `{"ServerInfo":{"DataCenter":"Local","Slice":"E","Ring":"0","ScaleUnit":"000",` +
		`"RoleInstance":"GRAPHMOCK"}}`

	// WWWAuthenticate is the challenge that comes with every 401.
	WWWAuthenticate = `Bearer realm="", authorization_uri="` + authorizationURI + `", client_id="` + AppID + `"`

	authorizationURI = "https://login.microsoftonline.com/common/oauth2/authorize"
)

// ClaimsChallenge returns the WWW-Authenticate of continuous access evaluation, as
// it was seen: authorization_uri has no quotes there
// (microsoftgraph/msgraph-sdk-dotnet#1416).
func ClaimsChallenge(now time.Time) string {
	claims := fmt.Sprintf(`{"access_token":{"nbf":{"essential":true, "value":"%d"}}}`, now.Unix())
	return `Bearer realm="", authorization_uri=` + authorizationURI + `, client_id="` + AppID + `", ` +
		`error="insufficient_claims", claims="` + base64.StdEncoding.EncodeToString([]byte(claims)) + `", ` +
		`errorDescription="Continuous access evaluation resulted in claims challenge with result: InteractionRequired ` +
		`and code: TokenIssuedBeforeRevocationTimestamp"`
}
