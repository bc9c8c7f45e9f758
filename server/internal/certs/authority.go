package certs

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
)

// An Authority signs certificates for localhost, for loopback addresses and for the
// hosts that it was made for, and for nothing else. It is safe for concurrent use.
type Authority struct {
	certificate *x509.Certificate
	key         crypto.Signer
	lifetime    time.Duration // of certificates; 0 is the authority's own

	mu     sync.Mutex
	leaves map[string]*leaf // by name, no more than maxLeaves
}

// forever is a time that no client's clock has passed: those of tests may say anything.
var forever = time.Date(2084, 1, 1, 0, 0, 0, 0, time.UTC)

// New returns an authority in memory, for clients with any clock.
func New(hosts []string) (*Authority, error) {
	return create(hosts, time.Unix(0, 0), forever)
}

// create makes an authority that is valid for a time.
func create(hosts []string, from, to time.Time) (*Authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject: pkix.Name{
			Organization: []string{"graphmock"},
			CommonName:   "graphmock sandbox, not for production " + serial.Text(16)[:8],
		},
		NotBefore: from, NotAfter: to,

		IsCA: true, BasicConstraintsValid: true, MaxPathLenZero: true,
		KeyUsage:    x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},

		PermittedDNSDomainsCritical: true,
		PermittedDNSDomains:         append([]string{"localhost"}, hosts...),
		PermittedIPRanges: []*net.IPNet{
			{IP: net.IPv4(127, 0, 0, 0).To4(), Mask: net.CIDRMask(8, 32)},
			{IP: net.IPv6loopback, Mask: net.CIDRMask(128, 128)},
		},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	return &Authority{certificate: certificate, key: key}, nil
}

// serialNumber returns a random one: clients reject two certificates that share one.
func serialNumber() (*big.Int, error) {
	n, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 126))
	if err != nil {
		return nil, err
	}
	return n.SetBit(n, 126, 1), nil // always as long
}

// Certificate returns the authority's own certificate.
func (a *Authority) Certificate() *x509.Certificate { return a.certificate }

// PEM returns the authority's own certificate as PEM.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.certificate.Raw})
}

// Pool returns the certificates that clients of the authority trust: its own.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// Lacks returns those of the hosts that the authority can't sign for.
func (a *Authority) Lacks(hosts []string) []string {
	return slices.DeleteFunc(slices.Clone(hosts), a.maySign)
}

// maySign reports whether clients accept a certificate that the authority signs for
// a name, which is in lower case.
func (a *Authority) maySign(name string) bool {
	if ip := net.ParseIP(name); ip != nil {
		return ip.IsLoopback()
	}
	return slices.ContainsFunc(a.certificate.PermittedDNSDomains, func(domain string) bool {
		return strings.EqualFold(domain, name)
	})
}

// String names the authority as a list of certificates shows it.
func (a *Authority) String() string {
	return fmt.Sprintf("%s, valid until %s", a.certificate.Subject.CommonName, a.certificate.NotAfter.Format(time.DateOnly))
}
