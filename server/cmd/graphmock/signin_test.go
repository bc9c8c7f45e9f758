package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
)

// signIn is a program that signs in with what it finds in its environment, as an application
// and by managed identity, and tells what Graph's users say to its tokens.
func signIn() {
	res, err := http.PostForm(os.Getenv("AZURE_AUTHORITY_HOST")+os.Getenv("AZURE_TENANT_ID")+"/oauth2/v2.0/token", url.Values{
		"grant_type": {"client_credentials"}, "client_id": {os.Getenv("AZURE_CLIENT_ID")},
		"client_secret": {os.Getenv("AZURE_CLIENT_SECRET")}, "scope": {"https://graph.microsoft.com/.default"},
	})
	exitOn(err)
	fmt.Println("application:", askWith(res))

	req, err := http.NewRequest("GET", os.Getenv("IDENTITY_ENDPOINT")+
		"?api-version=2019-08-01&resource=https://graph.microsoft.com", nil)
	exitOn(err)
	req.Header.Set("X-IDENTITY-HEADER", os.Getenv("IDENTITY_HEADER"))
	res, err = http.DefaultClient.Do(req)
	exitOn(err)
	fmt.Println("managed identity:", askWith(res))
}

// askWith asks Graph for users with the token of a response.
func askWith(res *http.Response) string {
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	exitOn(err)
	var reply struct {
		Token string `json:"access_token"`
	}
	if err := json.Unmarshal(body, &reply); err != nil || reply.Token == "" {
		return fmt.Sprintf("%s %s", res.Status, body)
	}
	req, err := http.NewRequest("GET", os.Getenv("GRAPHMOCK_URL")+"/users", nil)
	exitOn(err)
	req.Header.Set("Authorization", "Bearer "+reply.Token)
	answer, err := http.DefaultClient.Do(req)
	exitOn(err)
	answer.Body.Close()
	return answer.Status
}
