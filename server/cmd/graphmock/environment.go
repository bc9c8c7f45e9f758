package main

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/graphmock/graphmock/server"
	"github.com/graphmock/graphmock/server/internal/certs"
)

// environment is what CMD gets: ours, where to find the server, and what lets programs
// trust it.
func (s *sandbox) environment(f *serveFlags) ([]string, error) {
	env := os.Environ()
	for _, variables := range []func(*serveFlags) ([]string, error){s.serverVariables, s.trustVariables,
		s.proxyVariables, s.signInVariables} {
		more, err := variables(f)
		if err != nil {
			return nil, err
		}
		env = append(env, more...)
	}
	return env, nil
}

// serverVariables say where the server is, and how to use it.
func (s *sandbox) serverVariables(f *serveFlags) ([]string, error) {
	token, err := s.Token(server.TokenOptions{ExpiresIn: 24 * time.Hour})
	if err != nil {
		return nil, err
	}
	bases := s.Contract().Bases()
	base := bases[0]
	if slices.Contains(bases, "/v1.0") {
		base = "/v1.0"
	}
	env := []string{
		"GRAPHMOCK_ORIGIN=" + s.origin,
		"GRAPHMOCK_URL=" + s.origin + base,
		"GRAPHMOCK_ADMIN_URL=" + s.origin + "/_graphmock",
		"GRAPHMOCK_TOKEN=" + token,
	}
	if !isLoopback(f.addr) {
		env = append(env, "GRAPHMOCK_ADMIN_TOKEN="+s.AdminToken())
	}
	return env, nil
}

// trustVariables let programs trust the server's certificates. Most of them take one
// file in place of the system's, which therefore has the system's certificates as well.
func (s *sandbox) trustVariables(f *serveFlags) ([]string, error) {
	if !f.withTLS() {
		return nil, nil
	}
	folder, authority, err := openAuthority()
	if err != nil {
		return nil, err
	}
	temp, err := os.MkdirTemp("", "graphmock-run-*")
	if err != nil {
		return nil, err
	}
	s.ends = append(s.ends, func() { os.RemoveAll(temp) })
	bundle, store := filepath.Join(temp, "bundle.pem"), filepath.Join(temp, "truststore.p12")
	roots := systemRoots()
	if err := os.WriteFile(bundle, joinPEM(roots, authority.PEM()), 0o644); err != nil {
		return nil, err
	}
	if err := writeTrustStore(store, append(parseRoots(roots), authority.Certificate())...); err != nil {
		return nil, err
	}
	own := filepath.Join(folder, certs.CertificateFile)
	forNode := own // which adds it to its own
	if before, err := os.ReadFile(os.Getenv("NODE_EXTRA_CA_CERTS")); err == nil {
		forNode = filepath.Join(temp, "node.pem")
		if err := os.WriteFile(forNode, joinPEM(before, authority.PEM()), 0o644); err != nil {
			return nil, err
		}
	}
	return []string{
		"GRAPHMOCK_CA=" + own,
		"NODE_EXTRA_CA_CERTS=" + forNode,
		"SSL_CERT_FILE=" + bundle,
		"REQUESTS_CA_BUNDLE=" + bundle,
		"CURL_CA_BUNDLE=" + bundle,
		s.javaOptions(f, store),
	}, nil
}

// proxyVariables lead programs to the proxy, but not those that ask for this machine.
func (s *sandbox) proxyVariables(f *serveFlags) ([]string, error) {
	if !f.proxy {
		return nil, nil
	}
	return []string{
		"HTTPS_PROXY=" + s.proxyURL(), "https_proxy=" + s.proxyURL(),
		"NO_PROXY=" + notProxied, "no_proxy=" + notProxied,
		"NODE_USE_ENV_PROXY=1", // Node.js from 24 on
	}, nil
}

// signInVariables are what credentials of Azure's SDKs sign in with. They take an authority
// by https only. Through the proxy it is Entra's own, which they trust.
func (s *sandbox) signInVariables(f *serveFlags) ([]string, error) {
	if !f.withTLS() {
		return nil, nil
	}
	authority := s.origin
	if f.proxy {
		authority = "https://login.microsoftonline.com"
	}
	c := s.Credentials()
	return []string{
		"GRAPHMOCK_TENANT=" + c.TenantID,
		"AZURE_TENANT_ID=" + c.TenantID, "AZURE_CLIENT_ID=" + c.ClientID, "AZURE_CLIENT_SECRET=" + c.ClientSecret,
		"AZURE_AUTHORITY_HOST=" + authority + "/",
		"IDENTITY_ENDPOINT=" + s.origin + server.IdentityPath, "IDENTITY_HEADER=" + c.IdentityHeader,
	}, nil
}

const notProxied = "localhost,127.0.0.1,::1"

// proxyURL is how clients reach the proxy: encrypted is what goes through it.
func (s *sandbox) proxyURL() string { return "http://" + s.address() }

// address is that of the origin: host and port.
func (s *sandbox) address() string {
	_, address, _ := strings.Cut(s.origin, "://")
	return address
}

// joinPEM joins files of PEM, of which one may lack its last line break.
func joinPEM(files ...[]byte) []byte {
	var all bytes.Buffer
	for _, f := range files {
		all.Write(bytes.TrimSpace(f))
		all.WriteByte('\n')
	}
	return all.Bytes()
}

// javaOptions adds to the options that every Java program gets.
func (s *sandbox) javaOptions(f *serveFlags, trustStore string) string {
	const ssl = "javax.net.ssl."
	properties := []string{ssl + "trustStore=" + trustStore, ssl + "trustStorePassword=" + trustStorePassword}
	if host, port, err := net.SplitHostPort(s.address()); f.proxy && err == nil {
		properties = append(properties, "https.proxyHost="+host, "https.proxyPort="+port)
	}
	all := os.Getenv("JAVA_TOOL_OPTIONS")
	for _, p := range properties {
		all += ` "-D` + p + `"` // there may be a blank in the name of a file
	}
	return "JAVA_TOOL_OPTIONS=" + strings.TrimSpace(all)
}
