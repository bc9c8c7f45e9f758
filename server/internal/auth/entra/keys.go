package entra

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"math/big"
	"sync"
	"sync/atomic"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

// A signer is the key of all tokens of this process, with its certificate.
type signer struct {
	private     *rsa.PrivateKey
	id          string // base64url SHA-1 of the certificate, as Entra names its keys
	certificate []byte // DER
}

// made is the signer if anybody has asked for it: whoever checks a token makes no key.
var made atomic.Pointer[signer]

// signing returns the signer of this process. Its key is made when it is first needed, for
// it takes longer than a server, and is never written down.
var signing = sync.OnceValue(func() *signer {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "accounts.accesscontrol.windows.net"},
		NotBefore: time.Unix(0, 0), // for clients with any clock
		NotAfter:  time.Date(2084, 1, 1, 0, 0, 0, 0, time.UTC), KeyUsage: x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	sum := sha1.Sum(der)
	s := &signer{private: key, id: base64.RawURLEncoding.EncodeToString(sum[:]), certificate: der}
	made.Store(s)
	return s
})

// PublicKey returns the key with an id that tokens are signed with, if there is one.
func PublicKey(id string) (crypto.PublicKey, bool) {
	if s := made.Load(); s != nil && s.id == id {
		return &s.private.PublicKey, true
	}
	return nil, false
}

// sign makes a token of claims. What is in the header besides is Entra's.
func sign(claims jwt.MapClaims, header map[string]any) string {
	s := signing()
	token := jwt.NewWithClaims(jwt.SigningMethodRS256, claims)
	token.Header["kid"] = s.id
	for name, value := range header {
		token.Header[name] = value
	}
	text, err := token.SignedString(s.private)
	if err != nil {
		panic("BUG: " + err.Error())
	}
	return text
}

// A jsonKey is a key as it is published.
type jsonKey struct {
	Type        string   `json:"kty"`
	Use         string   `json:"use"`
	ID          string   `json:"kid"`
	Thumbprint  string   `json:"x5t"`
	Modulus     string   `json:"n"`
	Exponent    string   `json:"e"`
	Certificate []string `json:"x5c"`
	Issuer      string   `json:"issuer,omitempty"`
}

// keys answers with the keys. The issuer of all but version 1 has a placeholder for the
// tenant.
func (x *exchange) keys() {
	if f := x.openDiscovery(); f != nil {
		x.sendFailure(f)
		return
	}
	s := signing()
	key := jsonKey{
		Type: "RSA", Use: "sig", ID: s.id, Thumbprint: s.id,
		Modulus:     base64.RawURLEncoding.EncodeToString(s.private.N.Bytes()),
		Exponent:    base64.RawURLEncoding.EncodeToString(big.NewInt(int64(s.private.E)).Bytes()),
		Certificate: []string{base64.StdEncoding.EncodeToString(s.certificate)},
	}
	if !x.v1 {
		key.Issuer = x.origin + "/{tenantid}/v2.0"
	}
	x.sendJSON(200, map[string]any{"keys": []jsonKey{key}})
}
