package certs

import (
	"crypto"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"
)

// Files of a folder with an authority.
const (
	CertificateFile = "ca.pem"     // for all who have to trust it
	KeyFile         = "ca-key.pem" // for its owner only
)

// How long what lies in a folder is valid. Apple's systems take no certificate of a
// server that is valid for more than 825 days.
const (
	validity = 10 * 365 * 24 * time.Hour
	lifetime = 820 * 24 * time.Hour
)

// Open returns the authority that lies in a folder. One that is not there is made for
// hosts; one that is there stays as it is. Several processes may do so at once: all
// of them have the same.
func Open(folder string, hosts []string) (*Authority, error) {
	_, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		err = makeFolder(folder, hosts)
	}
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	a, err := read(folder)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	return a, nil
}

// makeFolder makes a folder with a new authority, whole or not at all. If somebody else
// is faster, theirs stays.
func makeFolder(folder string, hosts []string) error {
	now := time.Now().Truncate(time.Second)
	a, err := create(hosts, now.Add(-renewal), now.Add(validity))
	if err != nil {
		return err
	}
	key, err := x509.MarshalPKCS8PrivateKey(a.key)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(folder), 0o755); err != nil {
		return err
	}
	made, err := os.MkdirTemp(filepath.Dir(folder), ".ca-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	err = errors.Join(
		write(filepath.Join(made, KeyFile), 0o600, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
		write(filepath.Join(made, CertificateFile), 0o644, a.PEM()),
		os.Chmod(made, 0o755),
	)
	if err != nil {
		return err
	}
	if err := os.Rename(made, folder); err != nil && !isThere(folder) { // a folder that is not empty stays
		return err
	}
	return nil
}

func isThere(folder string) bool {
	_, err := os.Stat(folder)
	return err == nil
}

// write writes a new file to the disk.
func write(name string, mode fs.FileMode, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	return errors.Join(err, f.Chmod(mode), f.Sync(), f.Close())
}

// read reads the authority of a folder.
func read(folder string) (*Authority, error) {
	certificateFile, keyFile := filepath.Join(folder, CertificateFile), filepath.Join(folder, KeyFile)
	der, err := readPEM(certificateFile, "CERTIFICATE")
	if err != nil {
		return nil, err
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, broken(certificateFile, err)
	}
	if err := checkMode(keyFile); err != nil {
		return nil, err
	}
	if der, err = readPEM(keyFile, "PRIVATE KEY"); err != nil {
		return nil, err
	}
	key, err := x509.ParsePKCS8PrivateKey(der)
	if err != nil {
		return nil, broken(keyFile, errors.New("it is no private key in PKCS #8")) // say nothing of what is in it
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, broken(keyFile, errors.New("it is no key to sign with"))
	}
	public, ok := signer.Public().(interface{ Equal(crypto.PublicKey) bool })
	switch {
	case !ok || !public.Equal(certificate.PublicKey):
		return nil, broken(keyFile, fmt.Errorf("it is not the key of %s", CertificateFile))
	case !certificate.IsCA || len(certificate.PermittedDNSDomains) == 0 || !certificate.PermittedDNSDomainsCritical:
		return nil, broken(certificateFile, errors.New("it is not one that graphmock made: it has no name constraints"))
	case time.Now().After(certificate.NotAfter):
		return nil, broken(certificateFile, fmt.Errorf("it expired on %s", certificate.NotAfter.Format(time.DateOnly)))
	}
	return &Authority{certificate: certificate, key: signer, lifetime: lifetime}, nil
}

// maxFile bounds the files that are read.
const maxFile = 64 << 10

// readPEM returns what is in the first block of a PEM file.
func readPEM(name, kind string) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, broken(name, withoutPath(err))
	case !info.Mode().IsRegular():
		return nil, broken(name, errors.New("it is no file"))
	case info.Size() > maxFile:
		return nil, broken(name, errors.New("it is too large"))
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, broken(name, withoutPath(err))
	}
	block, _ := pem.Decode(data)
	if block == nil || block.Type != kind {
		return nil, broken(name, fmt.Errorf("it has no PEM block %q", kind))
	}
	return block.Bytes, nil
}

// checkMode refuses a key that others can read. Windows has no such modes: the folder
// is its owner's.
func checkMode(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return broken(name, withoutPath(err))
	}
	if mode := info.Mode().Perm(); runtime.GOOS != "windows" && mode&0o077 != 0 {
		return fmt.Errorf("%s: others can read the key (mode %04o): run chmod 600 on it", name, mode)
	}
	return nil
}

// broken says what is wrong with a file, and what helps.
func broken(name string, err error) error {
	return fmt.Errorf("%s: %w; mend it, or move the folder %s away and another authority is made, "+
		"which clients have to trust anew", name, err, filepath.Dir(name))
}

func withoutPath(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
