package subscriptions

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
)

func certificate(t *testing.T, key crypto.Signer) []byte {
	t.Helper()
	template := &x509.Certificate{SerialNumber: big.NewInt(1)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// decrypt does what Microsoft's documentation asks of a receiver, step by step.
func decrypt(t *testing.T, key *rsa.PrivateKey, content map[string]string) string {
	t.Helper()
	decode := func(name string) []byte {
		data, err := base64.StdEncoding.DecodeString(content[name])
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	symmetric, err := key.Decrypt(nil, decode("dataKey"), &rsa.OAEPOptions{Hash: crypto.SHA1})
	if err != nil {
		t.Fatal(err)
	}
	data := decode("data")
	expected := hmac.New(sha256.New, symmetric)
	expected.Write(data)
	if !hmac.Equal(expected.Sum(nil), decode("dataSignature")) {
		t.Fatal("the signature is wrong")
	}
	block, err := aes.NewCipher(symmetric)
	if err != nil {
		t.Fatal(err)
	}
	plain := make([]byte, len(data))
	cipher.NewCBCDecrypter(block, symmetric[:16]).CryptBlocks(plain, data)
	return string(plain[:len(plain)-int(plain[len(plain)-1])])
}

func TestReceiversDecryptWhatTheyGet(t *testing.T) {
	t.Parallel()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der := certificate(t, key)
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for name, text := range map[string]string{
		"DER":           base64.StdEncoding.EncodeToString(der),
		"PEM":           string(block),
		"PEM in base64": base64.StdEncoding.EncodeToString(block),
	} {
		for _, want := range []string{"", `{"id":"1"}`, strings.Repeat("x", 32)} {
			object, err := encrypted([]byte(want), text, "own")
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			content := map[string]string{}
			for _, m := range object {
				content[m.Name] = m.Value.(string)
			}
			if got := decrypt(t, key, content); got != want || content["encryptionCertificateId"] != "own" ||
				len(content["encryptionCertificateThumbprint"]) != 40 {
				t.Errorf("%s: got %q, want %q: %v", name, got, want, content)
			}
		}
	}
}

func TestCertificatesThatCanNotBeUsedAreRefused(t *testing.T) {
	t.Parallel()
	elliptic, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"":     "no X.509 certificate",
		"AAAA": "no X.509 certificate",
		"!":    "no X.509 certificate",
		base64.StdEncoding.EncodeToString(certificate(t, elliptic)): "not an RSA key",
	} {
		if _, err := encrypted(nil, text, ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.9s: got %v", text, err)
		}
	}
}
