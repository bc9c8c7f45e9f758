package main

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net/http"
	"os"
)

// get is graphmock-get URL [PEM]: it gets what is at the URL, as any Go program does,
// and trusts the certificates of a PEM file in place of those that Go finds.
func get() {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	if len(os.Args) > 2 {
		data, err := os.ReadFile(os.Args[2])
		exitOn(err)
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(data)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	req, err := http.NewRequest("GET", os.Args[1], nil)
	exitOn(err)
	req.Header.Set("Authorization", "Bearer any-token")
	res, err := transport.RoundTrip(req)
	exitOn(err)
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	exitOn(err)
	fmt.Printf("%s %s\n%s\n", res.Proto, res.Status, body)
}

func exitOn(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
