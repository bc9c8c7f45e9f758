package main

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"software.sslmate.com/src/go-pkcs12"

	"github.com/graphmock/graphmock/openapi/graph"
	"github.com/graphmock/graphmock/server/internal/certs"
)

func caCommand() *cobra.Command {
	var printPEM bool
	var trustStore string
	cmd := &cobra.Command{
		Use:   "ca",
		Short: "Say where the sandbox's certificate authority lies, and how to trust it",
		Long: `ca says where the certificate authority of this installation lies, which signs what
serve and run show with --tls and --proxy, and how each platform and runtime comes to
trust it. If there is none yet, it makes one; it never changes one that is there.

The authority speaks for localhost, for loopback addresses and for the hosts of
Microsoft Graph and Entra. Clients refuse what it signs for others. Its key must not
leave this machine.

What graphmock run starts trusts it already: run sets NODE_EXTRA_CA_CERTS,
SSL_CERT_FILE and the others in CMD's environment.`,
		Example: `  graphmock ca
  graphmock ca --pem > graphmock.pem
  graphmock ca --pkcs12 graphmock.p12     # a trust store for Java`,
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			folder, a, err := openAuthority()
			if err != nil {
				return err
			}
			switch {
			case printPEM && trustStore != "":
				return errors.New("--pem and --pkcs12: expected one of them")
			case printPEM:
				_, err = cmd.OutOrStdout().Write(a.PEM())
			case trustStore != "":
				err = writeTrustStore(trustStore, a.Certificate())
			default:
				_, err = io.WriteString(cmd.OutOrStdout(), aboutAuthority(folder, a))
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&printPEM, "pem", false, "print the certificate, and nothing else")
	cmd.Flags().StringVar(&trustStore, "pkcs12", "",
		"write a trust store with the certificate to `FILE`, with the password "+trustStorePassword)
	return cmd
}

// authorityFolder is where the certificate authority of this installation lies.
func authorityFolder() (string, error) {
	config, err := os.UserConfigDir()
	if err != nil {
		return "", fmt.Errorf("certificate authority: there is no folder for it: %w", err)
	}
	return filepath.Join(config, "graphmock", "ca"), nil
}

// openAuthority opens the certificate authority of this installation, or makes it.
func openAuthority() (folder string, a *certs.Authority, err error) {
	if folder, err = authorityFolder(); err != nil {
		return "", nil, err
	}
	a, err = certs.Open(folder, graph.AllHosts())
	return folder, a, err
}

// ways are how platforms and runtimes come to trust a certificate, in {pem}.
const ways = `
  Debian, Ubuntu    sudo cp "{pem}" /usr/local/share/ca-certificates/graphmock.crt && sudo update-ca-certificates
  Fedora, RHEL      sudo trust anchor "{pem}"
  macOS             security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db "{pem}"
  Windows           certutil -user -addstore Root "{pem}"
  Chrome on Linux   certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n graphmock -i "{pem}"
  Firefox           Settings, Certificates, Authorities, Import; or security.enterprise_roots.enabled in about:config
  Node.js           NODE_EXTRA_CA_CERTS="{pem}"
  curl              --cacert "{pem}", or CURL_CA_BUNDLE
  Go, OpenSSL       SSL_CERT_FILE, in place of the system's certificates; Go on macOS and Windows: the system's store
  Python            REQUESTS_CA_BUNDLE for requests, SSL_CERT_FILE for httpx, in place of the usual certificates
  .NET              SSL_CERT_FILE on Linux; elsewhere the system's store
  Java              graphmock ca --pkcs12 graphmock.p12, then
                    java -Djavax.net.ssl.trustStore=graphmock.p12 -Djavax.net.ssl.trustStorePassword=` +
	trustStorePassword + `
`

// aboutAuthority says where an authority lies, what it is for and how to trust it.
func aboutAuthority(folder string, a *certs.Authority) string {
	var b strings.Builder
	file := filepath.Join(folder, certs.CertificateFile)
	fmt.Fprintf(&b, "certificate: %s (%s)\n", file, a)
	fmt.Fprintf(&b, "key: %s\n", filepath.Join(folder, certs.KeyFile))
	domains := a.Certificate().PermittedDNSDomains
	fmt.Fprintf(&b, "signs for: %s, 127.0.0.0/8, ::1\n", strings.Join(domains, ", "))
	b.WriteString(outdated(folder, a))
	b.WriteString("\nWho trusts the certificate:\n" + strings.ReplaceAll(ways, "{pem}", file))
	return b.String()
}

// outdated says what an authority of an older graphmock can't sign for, if anything.
func outdated(folder string, a *certs.Authority) string {
	lacks := a.Lacks(graph.AllHosts())
	if len(lacks) == 0 {
		return ""
	}
	return fmt.Sprintf("It is older than this graphmock and can't sign for %s: move %s away to have another one made.\n",
		strings.Join(lacks, ", "), folder)
}

// trustStorePassword is what Java's own trust store has. There is nothing secret in one.
const trustStorePassword = "changeit"

// writeTrustStore writes certificates as the PKCS #12 file that Java reads.
func writeTrustStore(file string, certificates ...*x509.Certificate) error {
	data, err := pkcs12.Modern2023.EncodeTrustStore(certificates, trustStorePassword)
	if err == nil {
		err = os.WriteFile(file, data, 0o644)
	}
	if err != nil {
		return fmt.Errorf("trust store %s: %w", file, withoutPath(err))
	}
	return nil
}

// rootFiles are where systems keep the certificates that programs trust, as PEM.
var rootFiles = []string{
	"/etc/ssl/certs/ca-certificates.crt",                // Debian, Arch
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", // Fedora, RHEL
	"/etc/ssl/ca-bundle.pem",                            // openSUSE
	"/etc/ssl/cert.pem",                                 // Alpine, macOS, BSD
	"/usr/local/etc/ssl/cert.pem",                       // FreeBSD
}

// systemRoots returns the certificates that programs trust here, as PEM: those of
// SSL_CERT_FILE, or the system's. There may be none.
func systemRoots() []byte {
	for _, file := range append([]string{os.Getenv("SSL_CERT_FILE")}, rootFiles...) {
		if data, err := os.ReadFile(file); err == nil && len(data) > 0 {
			return data
		}
	}
	return nil
}

// parseRoots returns the certificates of a PEM file, but for those that Go can't read.
func parseRoots(data []byte) (all []*x509.Certificate) {
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return all
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			all = append(all, c)
		}
	}
}
