package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

var hosts = []string{"graph.example.com", "login.example.com"}

func newAuthority(t *testing.T) *Authority {
	t.Helper()
	a, err := New(hosts)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// verify is what a client does with the certificate that it is shown for a name.
func verify(a *Authority, c *tls.Certificate, name string, now time.Time) error {
	_, err := c.Leaf.Verify(x509.VerifyOptions{Roots: a.Pool(), DNSName: name, CurrentTime: now})
	return err
}

func TestClientsAcceptTheHostsAndThisMachine(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	for _, name := range append([]string{"localhost", "127.0.0.1", "127.1.2.3", "::1", "LOCALHOST.", "Graph.Example.com"},
		hosts...) {
		c, err := a.Leaf(name)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, now := range []time.Time{time.Unix(1, 0), time.Now(), time.Date(2080, 1, 1, 0, 0, 0, 0, time.UTC)} {
			if err := verify(a, c, strings.TrimSuffix(name, "."), now); err != nil {
				t.Errorf("%s at %s: %v", name, now, err)
			}
		}
	}
	for _, name := range []string{"localhost", "127.0.0.1", "::1"} { // by whatever name it was reached
		if c, _ := a.Leaf("127.3.3.3"); verify(a, c, name, time.Now()) != nil {
			t.Errorf("the certificate for a loopback address is not for %s", name)
		}
	}
}

// TestClientsRefuseOtherNames signs for others all the same, as a thief of the key
// would.
func TestClientsRefuseOtherNames(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	for _, name := range []string{"www.example.com", "example.com", "com", "192.0.2.1", "128.0.0.1", "::2", "10.0.0.1"} {
		l, err := a.sign(name)
		if err != nil {
			t.Fatal(err)
		}
		if verify(a, &l.Certificate, name, time.Now()) == nil {
			t.Errorf("a certificate for %s is accepted", name)
		}
		shown, err := a.Leaf(name)
		if err != nil || verify(a, shown, "localhost", time.Now()) != nil || verify(a, shown, name, time.Now()) == nil {
			t.Errorf("%s: %v; it should be shown localhost's", name, err)
		}
	}
}

// TestAuthoritiesHaveNoHeirs has a certificate sign another one.
func TestAuthoritiesHaveNoHeirs(t *testing.T) {
	t.Parallel()
	c := newAuthority(t).Certificate()
	if c.MaxPathLen != 0 || !c.MaxPathLenZero || len(c.ExtKeyUsage) != 1 || c.ExtKeyUsage[0] != x509.ExtKeyUsageServerAuth {
		t.Errorf("it may sign for more than servers: %d, %v", c.MaxPathLen, c.ExtKeyUsage)
	}
}

func TestLeavesAreKeptAndBounded(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	first, _ := a.Leaf("graph.example.com")
	if again, _ := a.Leaf("GRAPH.example.com"); again != first {
		t.Error("it was made twice")
	}
	for i := range 2 * maxLeaves {
		if _, err := a.Leaf(fmt.Sprintf("127.0.1.%d", i)); err != nil {
			t.Fatal(err)
		}
		if len(a.leaves) > maxLeaves {
			t.Fatalf("%d are kept", len(a.leaves))
		}
	}
	a.lifetime = renewal / 2 // such that each is too old at once
	a.leaves = nil
	first, _ = a.Leaf("localhost")
	if again, _ := a.Leaf("localhost"); again == first {
		t.Error("one that ends soon is shown")
	}
}

func TestAClientThatNamesNoHostIsShownTheAddress(t *testing.T) {
	t.Parallel()
	a := newAuthority(t)
	for host, want := range map[string]string{"": "127.0.0.1", "graph.example.com": "graph.example.com"} {
		socket, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		go func() {
			conn, err := socket.Accept()
			if err == nil {
				tls.Server(conn, a.TLSConfig(host)).Handshake()
				conn.Close()
			}
			socket.Close()
		}()
		conn, err := tls.Dial("tcp", socket.Addr().String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.ConnectionState().PeerCertificates[0].VerifyHostname(want); err != nil {
			t.Error(err)
		}
		conn.Close()
	}
}

func TestAnAuthorityStays(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(t.TempDir(), "new", "ca")
	a, err := Open(folder, hosts)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Open(folder, []string{"other.example.com"})
	if err != nil || !bytes.Equal(a.PEM(), again.PEM()) {
		t.Fatalf("another authority, or %v", err)
	}
	if lacks := again.Lacks([]string{"other.example.com", hosts[0]}); len(lacks) != 1 || lacks[0] != "other.example.com" {
		t.Errorf("it lacks %v", lacks)
	}
	leaf, err := again.Leaf(hosts[0])
	if err != nil || verify(a, leaf, hosts[0], time.Now()) != nil {
		t.Errorf("what it signs is not accepted: %v", err)
	}
	if life := leaf.Leaf.NotAfter.Sub(leaf.Leaf.NotBefore); life > 825*24*time.Hour {
		t.Errorf("a certificate is valid for %s: Apple's systems refuse it", life)
	}
	data, err := os.ReadFile(filepath.Join(folder, CertificateFile))
	if err != nil || !bytes.Equal(data, a.PEM()) {
		t.Errorf("%s, %v", data, err)
	}
	if left, _ := os.ReadDir(filepath.Dir(folder)); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if runtime.GOOS == "windows" {
		return // where modes say nothing
	}
	for name, mode := range map[string]fs.FileMode{KeyFile: 0o600, CertificateFile: 0o644} {
		if info, err := os.Stat(filepath.Join(folder, name)); err != nil || info.Mode() != mode {
			t.Errorf("%s: %v, %v; want mode %v", name, info.Mode(), err, mode)
		}
	}
}

// TestManyMakeOneAuthority lets them begin at once.
func TestManyMakeOneAuthority(t *testing.T) {
	t.Parallel()
	for range 10 {
		folder := filepath.Join(t.TempDir(), "ca")
		all, begin := make([]*Authority, 8), make(chan struct{})
		var running sync.WaitGroup
		for i := range all {
			running.Go(func() {
				<-begin
				var err error
				if all[i], err = Open(folder, hosts); err != nil {
					t.Error(err)
				}
			})
		}
		close(begin)
		running.Wait()
		for _, a := range all {
			if a != nil && !bytes.Equal(a.PEM(), all[0].PEM()) {
				t.Error("there are two")
			}
		}
		if left, _ := os.ReadDir(filepath.Dir(folder)); len(left) != 1 {
			t.Errorf("left behind: %v", left)
		}
	}
}

// TestABrokenFolderStays changes one thing in a folder.
func TestABrokenFolderStays(t *testing.T) {
	t.Parallel()
	rewrite := func(name string, mode fs.FileMode, change func([]byte) []byte) func(string) error {
		return func(folder string) error {
			file := filepath.Join(folder, name)
			data, err := os.ReadFile(file)
			return errors.Join(err, os.WriteFile(file, change(data), mode), os.Chmod(file, mode))
		}
	}
	other := func([]byte) []byte {
		folder := filepath.Join(t.TempDir(), "ca")
		if _, err := Open(folder, hosts); err != nil {
			t.Error(err)
		}
		data, err := os.ReadFile(filepath.Join(folder, KeyFile))
		if err != nil {
			t.Error(err)
		}
		return data
	}
	block := func(kind string) func([]byte) []byte {
		return func([]byte) []byte { return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: []byte("x")}) }
	}
	foreign := func([]byte) []byte {
		s, err := create(nil, time.Now().Add(-time.Hour), time.Now().Add(-time.Minute))
		if err != nil {
			t.Error(err)
		}
		return s.PEM()
	}
	for want, change := range map[string]func(folder string) error{
		"ca.pem: no such file": func(folder string) error {
			return os.Remove(filepath.Join(folder, CertificateFile))
		},
		"ca-key.pem: no such file": func(folder string) error { return os.Remove(filepath.Join(folder, KeyFile)) },
		"ca.pem: it is no file": func(folder string) error {
			file := filepath.Join(folder, CertificateFile)
			return errors.Join(os.Remove(file), os.Mkdir(file, 0o755))
		},
		"ca.pem: it is too large": rewrite(CertificateFile, 0o644, func(b []byte) []byte {
			return append(b, make([]byte, maxFile)...)
		}),
		`ca.pem: it has no PEM block "CERTIFICATE"`:       rewrite(CertificateFile, 0o644, func([]byte) []byte { return nil }),
		"ca.pem: x509: malformed certificate":             rewrite(CertificateFile, 0o644, block("CERTIFICATE")),
		`ca-key.pem: it has no PEM block "PRIVATE KEY"`:   rewrite(KeyFile, 0o600, block("RSA PRIVATE KEY")),
		"ca-key.pem: it is no private key in PKCS #8":     rewrite(KeyFile, 0o600, block("PRIVATE KEY")),
		"ca-key.pem: it is not the key of ca.pem":         rewrite(KeyFile, 0o600, other),
		"ca-key.pem: others can read the key (mode 0640)": rewrite(KeyFile, 0o640, bytes.Clone),
		"ca-key.pem: it is not the key":                   rewrite(CertificateFile, 0o644, foreign),
	} {
		folder := filepath.Join(t.TempDir(), "ca")
		if _, err := Open(folder, hosts); err != nil {
			t.Fatal(err)
		}
		if err := change(folder); err != nil {
			t.Fatal(err)
		}
		if _, err := Open(folder, hosts); err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "MIG") {
			t.Errorf("got %v, want %s", err, want)
		} else if !strings.Contains(err.Error(), "chmod 600") && !strings.Contains(err.Error(), "move the folder") {
			t.Errorf("no hint: %v", err)
		}
	}
	if _, err := Open(filepath.Join(t.TempDir(), "file", "ca"), hosts); err != nil {
		t.Error(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "ca"), hosts); err == nil {
		t.Error("a folder was made in a file")
	}
}
