package subscriptions

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"

	"github.com/graphmock/graphmock/openapi/jsontext"
)

// certificateOf reads the certificate of a subscription: DER in base64, as documented, or PEM in
// base64, or as it is. Its key is RSA's.
func certificateOf(text string) (*x509.Certificate, *rsa.PublicKey, error) {
	data, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		data = []byte(text)
	}
	if block, _ := pem.Decode(data); block != nil {
		data = block.Bytes
	}
	certificate, err := x509.ParseCertificate(data)
	if err != nil {
		return nil, nil, errors.New("it is no X.509 certificate in base64")
	}
	key, ok := certificate.PublicKey.(*rsa.PublicKey)
	switch {
	case !ok:
		return nil, nil, errors.New("its key is not an RSA key")
	case key.N.BitLen() < 2048 || key.N.BitLen() > 4096: // [DOC]
		return nil, nil, fmt.Errorf("its key has %d bits, not 2048 to 4096", key.N.BitLen())
	}
	return certificate, key, nil
}

// encrypted is the content of a resource for who has the private key of a certificate: a new
// symmetric key, encrypted by RSA-OAEP; the content by AES-CBC with the beginning of that key as its
// initialization vector; and what HMAC-SHA256 makes of it.
// [DOC change-notifications-with-resource-data.md]
func encrypted(content []byte, certificate, id string) (jsontext.Object, error) {
	parsed, public, err := certificateOf(certificate)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	rand.Read(key)
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	padding := aes.BlockSize - len(content)%aes.BlockSize // PKCS #7
	data := append(bytes.Clone(content), bytes.Repeat([]byte{byte(padding)}, padding)...)
	cipher.NewCBCEncrypter(block, key[:aes.BlockSize]).CryptBlocks(data, data)
	signature := hmac.New(sha256.New, key)
	signature.Write(data)
	dataKey, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, public, key, nil)
	if err != nil {
		return nil, err
	}
	thumbprint := sha1.Sum(parsed.Raw)
	return jsontext.Object{
		{Name: "data", Value: base64.StdEncoding.EncodeToString(data)},
		{Name: "dataSignature", Value: base64.StdEncoding.EncodeToString(signature.Sum(nil))},
		{Name: "dataKey", Value: base64.StdEncoding.EncodeToString(dataKey)},
		{Name: "encryptionCertificateId", Value: id},
		{Name: "encryptionCertificateThumbprint", Value: strings.ToUpper(hex.EncodeToString(thumbprint[:]))},
	}, nil
}
