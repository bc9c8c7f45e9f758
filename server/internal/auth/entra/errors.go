package entra

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// A failure is an error in Entra's form.
type failure struct {
	code     int // AADSTS
	status   int
	kind     string // of OAuth, such as invalid_grant
	suberror string
	text     string
	hint     string // for the log: what would help
}

func (f *failure) Error() string { return fmt.Sprintf("AADSTS%d: %s", f.code, f.text) }

// because adds what would help, for the log.
func (f *failure) because(hint string) *failure {
	f.hint = hint
	return f
}

// invalid words of errors.
const (
	invalidClient  = "invalid_client"
	invalidGrant   = "invalid_grant"
	invalidRequest = "invalid_request"
	invalidScope   = "invalid_scope"
	unavailable    = "temporarily_unavailable"
)

// failures are the errors by AADSTS code, with %s for what their texts name. A status of 0
// is 400.
var failures = map[int]failure{
	7000215: {status: 401, kind: invalidClient, text: "Invalid client secret provided. Ensure the secret being sent in the " +
		"request is the client secret value, not the client secret ID, for a secret added to app '%s'."},
	7000222: {status: 401, kind: invalidClient, text: "The provided client secret keys for app '%s' are expired. Visit the " +
		"Azure portal to create new keys for your app: https://aka.ms/NewClientSecret, or consider using certificate " +
		"credentials for added security: https://aka.ms/certCreds."},
	7000216: {status: 401, kind: invalidClient, text: "'client_assertion', 'client_secret' or 'request' is required for the " +
		"'client_credentials' grant type."},
	7000112: {kind: "unauthorized_client", text: "Application '%s'(%s) is disabled."}, // assumed but for the code
	700016: {kind: "unauthorized_client", text: "Application with identifier '%s' was not found in the directory '%s'. " +
		"This can happen if the application has not been installed by the administrator of the tenant or consented to by " +
		"any user in the tenant. You may have sent your authentication request to the wrong tenant."},
	700038: {kind: "unauthorized_client", text: "%s is not a valid application identifier."},
	70003:  {kind: "unsupported_grant_type", text: "The app requested an unsupported grant type '%s'."},
	500011: {kind: "invalid_resource", text: "The resource principal named %s was not found in the tenant named %s. This " +
		"can happen if the application has not been installed by the administrator of the tenant or consented to by any " +
		"user in the tenant. You might have sent your authentication request to the wrong tenant."},
	70011: {kind: invalidScope, text: "The provided value for the input parameter 'scope' is not valid. The scope '%s' does not exist."},
	1002012: {kind: invalidScope, text: "The provided value for scope %s is not valid. Client credential flows must have a " +
		"scope value with /.default suffixed to the resource identifier (application ID URI)."},
	700022: {kind: invalidScope, text: "The provided value for the input parameter 'scope' is not valid because it contains " +
		"more than one resource. Scope %s is not valid."}, // assumed but for the code
	90002: {kind: "invalid_tenant", text: "Tenant '%s' not found. Check to make sure you have the correct tenant ID and are " +
		"signing into the correct cloud. Check with your subscription administrator, this may happen if there are no " +
		"active subscriptions for the tenant."},
	900023: {kind: invalidRequest, text: "Specified tenant identifier '%s' is neither a valid DNS name, nor a valid " +
		"external domain."},
	50049:   {kind: "invalid_instance", text: "Unknown or invalid instance."},
	50059:   {kind: invalidRequest, text: "No tenant-identifying information found in either the request or implied by any provided credentials."},
	900144:  {kind: invalidRequest, text: "The request body must contain the following parameter: '%s'."},
	9002313: {kind: invalidRequest, text: "Invalid request. Request is malformed or invalid."},
	900561:  {kind: invalidRequest, text: "The endpoint only accepts %s requests. Received a %s request."},
	7000218: {status: 401, kind: invalidClient,
		text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."},
	700027: {status: 401, kind: invalidClient,
		text: "Client assertion contains an invalid signature. [Reason - %s, Thumbprint of key used by client: '%s'.]"},
	700024: {status: 401, kind: invalidClient, text: "Client assertion is not within its valid time range. Current time: %s, " +
		"assertion valid from %s, expiry time of assertion %s."},
	700023: {status: 401, kind: invalidClient, // assumed but for the code
		text: "Client assertion audience claim does not match Realm issuer."},
	50027: {kind: invalidRequest, text: "JWT token is invalid or malformed."}, // assumed but for the code
	5002738: {kind: invalidRequest, text: "Invalid JWT token. '%s' is not a supported signature algorithm. " +
		"Supported signing algorithms are: 'RS256, RS384, RS512, PS256, PS384, PS512, ES256, ES384, ES512'"}, // assumed
	700211: {status: 401, kind: invalidClient,
		text: "No matching federated identity record found for presented assertion issuer '%s'. " + federated},
	700212: {status: 401, kind: invalidClient,
		text: "No matching federated identity record found for presented assertion audience '%s'. " + federated},
	700213: {status: 401, kind: invalidClient,
		text: "No matching federated identity record found for presented assertion subject '%s'. " + federated},
	54005: {kind: invalidGrant, text: "OAuth2 Authorization code was already redeemed, please retry with a new valid code or " +
		"use an existing refresh token."},
	70008: {kind: invalidGrant, text: "The provided authorization code or refresh token has expired due to inactivity. Send a " +
		"new interactive authorization request for this user and resource."},
	70000: {kind: invalidGrant,
		text: "The provided value for the input parameter '%s' is not valid."},
	500112: {kind: invalidGrant, text: "The reply address '%s' does not match the reply address '%s' provided when " +
		"requesting Authorization code."}, // assumed but for the code
	501481: {kind: invalidGrant,
		text: "The Code_Verifier does not match the code_challenge supplied in the authorization request."},
	501491: {kind: invalidRequest, text: "Invalid size of Code_Challenge parameter."},
	50147:  {kind: invalidRequest, text: "Missing code challenge: %s."}, // assumed but for the code
	9002325: {kind: invalidRequest, // assumed but for the code
		text: "Proof Key for Code Exchange is required for cross-origin authorization code redemption."},
	9002327: {kind: invalidRequest, text: "Tokens issued for the 'Single-Page Application' client-type may only be redeemed " +
		"via cross-origin requests."},
	700082: {kind: invalidGrant, suberror: "bad_token", text: "The refresh token has expired due to inactivity. The token was " +
		"issued on %s and was inactive for 90.00:00:00."},
	700084: {kind: invalidGrant, suberror: "bad_token", text: "The refresh token was issued to a single page app (SPA), and " +
		"therefore has a fixed, limited lifetime of 1.00:00:00, which cannot be extended. It is now expired and a new sign " +
		"in request must be sent by the SPA to the sign in page. The token was issued on %s."},
	50173: {kind: invalidGrant, suberror: "bad_token", text: "The provided grant has expired due to it being revoked, a fresh " +
		"auth token is needed. The user might have changed or reset their password. The grant was issued on '%s' and the " +
		"TokensValidFrom date (before which tokens are not valid) for this user is '%s'."},
	65001: {kind: invalidGrant, suberror: "consent_required", text: "The user or administrator has not consented to use the " +
		"application with ID '%s' named '%s'. Send an interactive authorization request for this user and resource."},
	50034: {kind: invalidGrant, text: "The user account {EmailHidden} does not exist in the %s directory. To sign into this " +
		"application, the account must be added to the directory."},
	50057: {kind: invalidGrant, text: "The user account is disabled."},
	50013: {kind: invalidGrant, text: "Assertion failed signature validation. [Reason - %s]"},
	500131: {kind: invalidGrant, text: "Assertion audience does not match the Client app presenting the assertion. The " +
		"audience in the assertion was '%s' and the expected audience is '%s' or one of the Application Uris of this " +
		"application."},
	500133: {kind: invalidGrant, // assumed but for the code
		text: "Assertion is not within its valid time range. Ensure that the access token is not expired before using it " +
			"for user assertion, or request a new token."},
	7000114: {kind: "unauthorized_client", text: "Application '%s' is not allowed to make application on-behalf-of calls."},
	240002:  {kind: invalidRequest, text: "Input id_token cannot be used as 'urn:ietf:params:oauth:grant-type:jwt-bearer' grant."},
	70016: {kind: "authorization_pending",
		text: "OAuth 2.0 device flow error. Authorization is pending. Continue polling."},
	70018: {kind: "bad_verification_code", // assumed but for the code
		text: "Invalid verification code: the device code is not known."},
	70020: {kind: "expired_token", text: "The provided value for the input parameter 'device_code' is not valid. This device " +
		"code has expired."},
	50011: {kind: invalidRequest, text: "The redirect URI '%s' specified in the request does not match the redirect URIs " +
		"configured for the application '%s'. Make sure the redirect URI sent in the request matches one added to your " +
		"application in the Azure portal. Navigate to https://aka.ms/redirectUriMismatchError to learn more about how to " +
		"fix this."},
	900971: {kind: invalidRequest, text: "No reply address provided."},
	700054: {kind: "unsupported_response_type", text: "response_type '%s' is not enabled for the application."},
	90023:  {kind: invalidRequest, text: "Unsupported '%s' value."}, // assumed but for the code
	50058:  {kind: "login_required", text: "A silent sign-in request was sent but no user is signed in."},
	// Those that only scenarios send.
	50076: {kind: invalidGrant, suberror: "basic_action", text: "Due to a configuration change made by your administrator, " +
		"or because you moved to a new location, you must use multi-factor authentication to access '%s'."},
	50079: {kind: invalidGrant, suberror: "basic_action", text: "Due to a configuration change made by your administrator, " +
		"or because you moved to a new location, you must enroll in multi-factor authentication to access '%s'."},
	53003: {kind: invalidGrant, suberror: "message_only", text: "Access has been blocked by Conditional Access policies. " +
		"The access policy does not allow token issuance."},
	90055:   {status: 429, kind: unavailable, text: "There are too many incoming requests."},           // assumed but for the code
	90033:   {status: 503, kind: unavailable, text: "A service that this one needs is not available."}, // assumed but for the code
	9002326: {kind: invalidRequest, text: "Cross-origin token redemption is permitted only for the 'Single-Page Application' client-type. Request origin: '%s'."},
}

// federated is how errors about federated credentials end.
const federated = "Check your federated identity credential Subject, Audience and Issuer against the presented assertion. " +
	"https://learn.microsoft.com/entra/workload-id/workload-identity-federation"

// withPage are the errors whose error_uri was seen: there is a page of help about them.
var withPage = map[int]bool{7000215: true, 7000222: true, 700016: true, 90002: true, 50049: true, 500011: true, 900023: true}

// fail makes the failure with a code.
func fail(code int, words ...any) *failure {
	f, ok := failures[code]
	if !ok {
		panic("BUG: no error AADSTS" + strconv.Itoa(code))
	}
	if f.status == 0 {
		f.status = http.StatusBadRequest
	}
	f.code = code
	for i, word := range words {
		words[i] = bounded(fmt.Sprint(word))
	}
	f.text = fmt.Sprintf(f.text, words...)
	return &f
}

// bounded is a text of the client's, as an error repeats it.
func bounded(text string) string {
	const most = 200
	if len(text) > most {
		text = text[:most] + "..."
	}
	return strings.ToValidUTF8(text, "\uFFFD")
}

// timestampLayout is how errors write times.
const timestampLayout = "2006-01-02 15:04:05Z"

// description is the text of an error with all that follows it.
func (x *exchange) description(f *failure) string {
	return fmt.Sprintf("AADSTS%d: %s Trace ID: %s Correlation ID: %s Timestamp: %s", f.code, f.text, x.trace,
		x.correlation(), x.now.Format(timestampLayout))
}

// errorBody is an error as it is sent, in the order of recorded ones.
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
	Codes       []int  `json:"error_codes"`
	Timestamp   string `json:"timestamp"`
	Trace       string `json:"trace_id"`
	Correlation string `json:"correlation_id"`
	URI         string `json:"error_uri,omitempty"`
	Suberror    string `json:"suberror,omitempty"`
}

// sendFailure answers with an error.
func (x *exchange) sendFailure(f *failure) {
	x.remarkFailure(f)
	x.w.Header().Set("X-Ms-Clitelem", fmt.Sprintf("1,%d,0,,", f.code))
	body := errorBody{
		Error: f.kind, Description: x.description(f), Codes: []int{f.code}, Timestamp: x.now.Format(timestampLayout),
		Trace: x.trace, Correlation: x.correlation(), Suberror: f.suberror, URI: x.errorPage(f),
	}
	x.sendJSON(f.status, body)
}

func (x *exchange) remarkFailure(f *failure) {
	x.remark(f.Error())
	if f.hint != "" {
		x.remark(f.hint)
	}
}

// errorPage is the URL of the page about an error, if there is one.
func (x *exchange) errorPage(f *failure) string {
	if !withPage[f.code] {
		return ""
	}
	return x.origin + "/error?code=" + strconv.Itoa(f.code)
}

// correlation is the id that the client gave to its request.
func (x *exchange) correlation() string {
	for _, id := range []string{
		x.r.Header.Get("Client-Request-Id"), x.r.Header.Get("X-Ms-Client-Request-Id"), x.form.get("client-request-id"),
	} {
		if parsed, err := uuid.Parse(id); err == nil {
			return parsed.String()
		}
	}
	return x.trace
}

// setHeaders sets what every reply has.
func (x *exchange) setHeaders() {
	for name, value := range map[string]string{
		"Cache-Control": "no-store, no-cache", "Pragma": "no-cache", "Expires": "-1",
		"X-Content-Type-Options": "nosniff", // and no HSTS: it would bind localhost to https
		"P3p":                    `CP="DSP CUR OTPi IND OTRi ONL FIN"`, "X-Ms-Request-Id": x.trace, "X-Ms-Clitelem": "1,0,0,,",
		"X-Xss-Protection": "0", "Referrer-Policy": "no-referrer",
	} {
		x.w.Header().Set(name, value)
	}
	if strings.EqualFold(x.r.Header.Get("Return-Client-Request-Id"), "true") {
		x.w.Header().Set("Client-Request-Id", x.correlation())
	}
}

func (x *exchange) sendJSON(status int, value any) {
	body, err := json.Marshal(value)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	x.send(status, "application/json; charset=utf-8", body)
}

func (x *exchange) sendText(status int, text string) {
	x.send(status, "text/plain; charset=utf-8", []byte(text))
}

func (x *exchange) send(status int, media string, body []byte) {
	x.status = status
	x.w.Header().Set("Content-Type", media)
	x.w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	x.w.WriteHeader(status)
	x.w.Write(body)
}
