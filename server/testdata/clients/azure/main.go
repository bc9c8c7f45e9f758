// Command azure signs in as Go programs do, with credentials of azidentity, with MSAL and
// with golang.org/x/oauth2, none of them changed, and asks Graph with each token. It is
// started by graphmock run, and finds in its environment where everything is.
package main

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/AzureAD/microsoft-authentication-library-for-go/apps/public"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

var (
	tenant, client, secret = os.Getenv("AZURE_TENANT_ID"), os.Getenv("AZURE_CLIENT_ID"), os.Getenv("AZURE_CLIENT_SECRET")
	authority              = os.Getenv("AZURE_AUTHORITY_HOST")

	// own authorities are not Microsoft's to know.
	own = !strings.HasPrefix(authority, "https://login.microsoftonline.com/")
)

const (
	everything = "https://graph.microsoft.com/.default"
	user       = "adele@contoso.com"
	redirect   = "http://localhost:53682/"
)

// A way is one to get a token.
type way struct {
	name string
	path string // of Graph, that the token is for
	get  func(context.Context) (token string, err error)
}

func main() {
	failed := false
	for _, w := range []way{
		{"azidentity: secret, by environment", "/users", withCredential(environment)},
		{"azidentity: default", "/users", withCredential(byDefault)},
		{"azidentity: certificate", "/users", withCredential(certificate)},
		{"azidentity: assertion", "/users", withCredential(assertion)},
		{"azidentity: workload identity", "/users", withCredential(workload)},
		{"azidentity: device code", "/me", withCredential(device)},
		{"azidentity: password", "/me", withCredential(password)},
		{"azidentity: on behalf of", "/me", withCredential(onBehalfOf)},
		{"azidentity: managed identity", "/users", withCredential(managed)},
		{"azidentity: a wrong secret", "", wrongSecret},
		{"azidentity: challenges", "/users", challenges},
		{"MSAL: code with PKCE, then silently", "/me", code},
		{"msgraph-sdk-go-core: pages, and a large file", "", sdk},
		{"oauth2: secret", "/users", oauthSecret},
		{"oauth2: code with PKCE, then refresh", "/me", oauthCode},
	} {
		if err := try(w); err != nil {
			fmt.Printf("FAILED: %s: %v\n", w.name, err)
			failed = true
		}
	}
	if failed {
		os.Exit(1)
	}
}

func try(w way) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	token, err := w.get(ctx)
	if err != nil || w.path == "" {
		return err
	}
	return call(ctx, "GET", w.path, token, "")
}

// call sends a request to Graph.
func call(ctx context.Context, method, path, token, body string) error {
	req, err := http.NewRequestWithContext(ctx, method, os.Getenv("GRAPHMOCK_URL")+path, strings.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode/100 != 2 {
		text, _ := io.ReadAll(res.Body)
		return fmt.Errorf("Graph: %s %s", res.Status, text)
	}
	return nil
}

func withCredential(make func() (azcore.TokenCredential, error)) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		c, err := make()
		if err != nil {
			return "", err
		}
		return tokenOf(ctx, c, everything)
	}
}

func tokenOf(ctx context.Context, c azcore.TokenCredential, scopes ...string) (string, error) {
	t, err := c.GetToken(ctx, policy.TokenRequestOptions{Scopes: scopes})
	return t.Token, err
}

func environment() (azcore.TokenCredential, error) {
	return azidentity.NewEnvironmentCredential(&azidentity.EnvironmentCredentialOptions{DisableInstanceDiscovery: own})
}

func byDefault() (azcore.TokenCredential, error) {
	return azidentity.NewDefaultAzureCredential(&azidentity.DefaultAzureCredentialOptions{DisableInstanceDiscovery: own})
}

// certificate registers a certificate with the application first, and that it is an API.
func certificate() (azcore.TokenCredential, error) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{"identifierUris": []string{"api://" + client}, "keyCredentials": []any{map[string]any{
		"type": "AsymmetricX509Cert", "usage": "Verify", "key": base64.StdEncoding.EncodeToString(der)}}})
	if err != nil {
		return nil, err
	}
	path := "/applications(appId='" + client + "')"
	if err := call(context.Background(), "PATCH", path, os.Getenv("GRAPHMOCK_TOKEN"), string(body)); err != nil {
		return nil, err
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return azidentity.NewClientCertificateCredential(tenant, client, []*x509.Certificate{parsed}, crypto.PrivateKey(key),
		&azidentity.ClientCertificateCredentialOptions{DisableInstanceDiscovery: own, SendCertificateChain: true})
}

// foreign is a token of another issuer, which nobody here can check.
func foreign() string {
	part := base64.RawURLEncoding.EncodeToString
	claims := fmt.Sprintf(`{"iss":"https://issuer.example","sub":"job","aud":"api://AzureADTokenExchange","exp":%d}`,
		time.Now().Add(time.Hour).Unix())
	return part([]byte(`{"alg":"RS256","kid":"1"}`)) + "." + part([]byte(claims)) + "." + part([]byte("signature"))
}

// assertion has the application trust that issuer first.
func assertion() (azcore.TokenCredential, error) {
	err := call(context.Background(), "POST", "/applications(appId='"+client+"')/federatedIdentityCredentials",
		os.Getenv("GRAPHMOCK_TOKEN"), `{"name": "job", "issuer": "https://issuer.example", "subject": "job",
			"audiences": ["api://AzureADTokenExchange"]}`)
	if err != nil {
		return nil, err
	}
	return azidentity.NewClientAssertionCredential(tenant, client, func(context.Context) (string, error) { return foreign(), nil },
		&azidentity.ClientAssertionCredentialOptions{DisableInstanceDiscovery: own})
}

func workload() (azcore.TokenCredential, error) {
	folder, err := os.MkdirTemp("", "")
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "token")
	if err := os.WriteFile(file, []byte(foreign()), 0o600); err != nil {
		return nil, err
	}
	return azidentity.NewWorkloadIdentityCredential(&azidentity.WorkloadIdentityCredentialOptions{
		TokenFilePath: file, DisableInstanceDiscovery: own})
}

func device() (azcore.TokenCredential, error) {
	return azidentity.NewDeviceCodeCredential(&azidentity.DeviceCodeCredentialOptions{
		TenantID: tenant, DisableInstanceDiscovery: own,
		UserPrompt: func(_ context.Context, m azidentity.DeviceCodeMessage) error {
			if m.UserCode == "" || m.VerificationURL == "" {
				return fmt.Errorf("%+v says nothing", m)
			}
			return nil
		},
	})
}

func password() (azcore.TokenCredential, error) {
	return azidentity.NewUsernamePasswordCredential(tenant, client, user, "any password",
		&azidentity.UsernamePasswordCredentialOptions{DisableInstanceDiscovery: own})
}

// onBehalfOf is an API that a user has called.
func onBehalfOf() (azcore.TokenCredential, error) {
	c, err := password()
	if err != nil {
		return nil, err
	}
	called, err := tokenOf(context.Background(), c, "api://"+client+"/access_as_user")
	if err != nil {
		return nil, err
	}
	return azidentity.NewOnBehalfOfCredentialWithSecret(tenant, client, called, secret,
		&azidentity.OnBehalfOfCredentialOptions{DisableInstanceDiscovery: own})
}

func managed() (azcore.TokenCredential, error) { return azidentity.NewManagedIdentityCredential(nil) }

func wrongSecret(ctx context.Context) (string, error) {
	c, err := azidentity.NewClientSecretCredential(tenant, client, "wrong",
		&azidentity.ClientSecretCredentialOptions{DisableInstanceDiscovery: own})
	if err != nil {
		return "", err
	}
	_, err = tokenOf(ctx, c, everything)
	var failed *azidentity.AuthenticationFailedError
	if !errors.As(err, &failed) || !strings.Contains(err.Error(), "AADSTS7000215") || failed.RawResponse.StatusCode != 401 {
		return "", fmt.Errorf("error %v, want AADSTS7000215", err)
	}
	return "", nil
}

// challenges is a client that understands them: its tokens live longer.
func challenges(ctx context.Context) (string, error) {
	c, err := environment()
	if err != nil {
		return "", err
	}
	t, err := c.GetToken(ctx, policy.TokenRequestOptions{Scopes: []string{everything}, EnableCAE: true})
	if err == nil && time.Until(t.ExpiresOn) < 20*time.Hour {
		err = fmt.Errorf("the token expires at %s", t.ExpiresOn)
	}
	return t.Token, err
}

// authorized follows a URL to sign in at as a browser does, and returns the code.
func authorized(ctx context.Context, address string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, "GET", address, nil)
	if err != nil {
		return "", err
	}
	stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := stay.Do(req)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	location, err := url.Parse(res.Header.Get("Location"))
	if err != nil || location.Query().Get("code") == "" {
		text, _ := io.ReadAll(res.Body)
		return "", fmt.Errorf("no code: %s %s %s", res.Status, res.Header.Get("Location"), text)
	}
	return location.Query().Get("code"), nil
}

func code(ctx context.Context) (string, error) {
	c, err := public.New(client, public.WithAuthority(authority+tenant), public.WithInstanceDiscovery(!own))
	if err != nil {
		return "", err
	}
	scopes := []string{"User.Read"}
	address, err := c.AuthCodeURL(ctx, client, redirect, scopes, public.WithLoginHint(user))
	if err != nil {
		return "", err
	}
	const verifier = "a-verifier-that-is-long-enough-for-its-purpose"
	sum := sha256.Sum256([]byte(verifier))
	address += "&code_challenge_method=S256&code_challenge=" + base64.RawURLEncoding.EncodeToString(sum[:])
	code, err := authorized(ctx, address)
	if err != nil {
		return "", err
	}
	result, err := c.AcquireTokenByAuthCode(ctx, code, redirect, scopes, public.WithChallenge(verifier))
	if err != nil {
		return "", err
	}
	if name := result.Account.PreferredUsername; name != user {
		return "", fmt.Errorf("account %q, want %s", name, user)
	}
	// what is not in the cache comes by the refresh token
	result, err = c.AcquireTokenSilent(ctx, []string{"User.ReadBasic.All", "User.Read"}, public.WithSilentAccount(result.Account))
	if err == nil && result.Metadata.TokenSource != 0 && len(result.GrantedScopes) < 2 {
		err = fmt.Errorf("scopes %v", result.GrantedScopes)
	}
	return result.AccessToken, err
}

func endpoint() oauth2.Endpoint {
	root := authority + tenant + "/oauth2/v2.0/"
	return oauth2.Endpoint{AuthURL: root + "authorize", TokenURL: root + "token", DeviceAuthURL: root + "devicecode"}
}

func oauthSecret(ctx context.Context) (string, error) {
	config := clientcredentials.Config{ClientID: client, ClientSecret: secret, TokenURL: endpoint().TokenURL, Scopes: []string{everything}}
	t, err := config.Token(ctx)
	if err != nil {
		return "", err
	}
	return t.AccessToken, nil
}

func oauthCode(ctx context.Context) (string, error) {
	config := oauth2.Config{ClientID: client, ClientSecret: secret, Endpoint: endpoint(), RedirectURL: redirect,
		Scopes: []string{"offline_access", "User.Read"}}
	verifier := oauth2.GenerateVerifier()
	code, err := authorized(ctx, config.AuthCodeURL("state", oauth2.S256ChallengeOption(verifier),
		oauth2.SetAuthURLParam("login_hint", user)))
	if err != nil {
		return "", err
	}
	t, err := config.Exchange(ctx, code, oauth2.VerifierOption(verifier))
	if err != nil {
		return "", err
	}
	t.Expiry = time.Now().Add(-time.Hour)
	fresh, err := config.TokenSource(ctx, t).Token()
	if err != nil {
		return "", err
	}
	if fresh.AccessToken == t.AccessToken || fresh.RefreshToken == t.RefreshToken {
		return "", errors.New("the refresh token was not used")
	}
	return fresh.AccessToken, nil
}
