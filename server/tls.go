package server

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/graphmock/graphmock/openapi"
)

// ListenTLS is Listen over TLS, with HTTP/2, and returns an origin such as
// https://127.0.0.1:41233. Its certificate is trusted by the clients that have
// CertPool, and by no other.
func (s *Server) ListenTLS(address string) (origin string, err error) {
	certificate, err := selfSigned()
	if err != nil {
		return "", err
	}
	return s.listen(address, "https://", func(h *http.Server, l net.Listener) error {
		h.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}}
		return h.ServeTLS(l, "", "")
	})
}

// CertPool has the certificate of ListenTLS and is a client's tls.Config.RootCAs.
func (s *Server) CertPool() (*x509.CertPool, error) {
	certificate, err := selfSigned()
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	pool.AddCert(certificate.Leaf)
	return pool, nil
}

// selfSigned is the certificate of all servers of this process, made when it is
// first needed: for loopback addresses and for the hosts of Graph, to which other
// processes can be sent by a proxy or a hosts file. Its key is never written down.
var selfSigned = sync.OnceValues(func() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{Organization: []string{"graphmock"}},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
		DNSNames:     append([]string{"localhost"}, openapi.GraphHosts()...),
		NotBefore:    time.Unix(0, 0), // for clients with any clock
		NotAfter:     time.Date(2084, 1, 1, 0, 0, 0, 0, time.UTC),

		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, err
})
