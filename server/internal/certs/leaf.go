package certs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"strings"
	"time"
)

// A leaf is a certificate for one name.
type leaf struct {
	tls.Certificate
	until time.Time // when another one has to be made
}

// maxLeaves bounds the certificates that are kept: there are a few hosts, and many
// loopback addresses.
const maxLeaves = 100

// TLSConfig returns the configuration of a server that shows certificates of the
// authority. A client that names no host is shown the one for host, if that is not
// empty, and else the one for the address that it has reached.
func (a *Authority) TLSConfig(host string) *tls.Config {
	return &tls.Config{
		NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			name := hello.ServerName
			if name == "" {
				name = host
			}
			if name == "" && hello.Conn != nil {
				name, _, _ = net.SplitHostPort(hello.Conn.LocalAddr().String())
			}
			return a.Leaf(name)
		},
	}
}

// Leaf returns the certificate for a host or a loopback address. For a name that the
// authority can't sign for it is that of localhost, and the client says why it
// refuses it.
func (a *Authority) Leaf(name string) (*tls.Certificate, error) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	if !a.maySign(name) {
		name = "localhost"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if l, known := a.leaves[name]; known && time.Now().Before(l.until) {
		return &l.Certificate, nil
	}
	l, err := a.sign(name)
	if err != nil {
		return nil, err
	}
	if a.leaves == nil || len(a.leaves) >= maxLeaves {
		a.leaves = map[string]*leaf{}
	}
	a.leaves[name] = l
	return &l.Certificate, nil
}

// sign makes the certificate for a name. That of this machine has all its usual names.
func (a *Authority) sign(name string) (*leaf, error) {
	serial, err := serialNumber()
	if err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		// No common name: it would be checked as a host, addresses too.
		Subject:   pkix.Name{Organization: []string{"graphmock"}, OrganizationalUnit: []string{"sandbox"}},
		NotBefore: a.certificate.NotBefore, NotAfter: a.certificate.NotAfter,

		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	if end := time.Now().Add(a.lifetime); a.lifetime > 0 && end.Before(template.NotAfter) {
		template.NotAfter = end
	}
	ip := net.ParseIP(name)
	switch {
	case ip != nil:
		template.IPAddresses = []net.IP{ip}
		fallthrough
	case name == "localhost":
		template.DNSNames = []string{"localhost"}
		template.IPAddresses = append(template.IPAddresses, net.IPv4(127, 0, 0, 1), net.IPv6loopback)
	default:
		template.DNSNames = []string{name}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.certificate, &key.PublicKey, a.key)
	if err != nil {
		return nil, err
	}
	signed, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	l := &leaf{until: signed.NotAfter.Add(-renewal)}
	l.PrivateKey, l.Leaf, l.Certificate.Certificate = key, signed, [][]byte{der, a.certificate.Raw}
	return l, nil
}

// renewal is how long before its end a certificate is made anew.
const renewal = 24 * time.Hour
