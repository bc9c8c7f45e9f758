package credential

import "strings"

// normal is a name as names are compared: letters and digits in lower case, for one
// thing is written clientSecret, client_secret and Client-Secret.
func normal(name string) string {
	plain := true
	for i := 0; i < len(name) && plain; i++ {
		plain = name[i] >= 'a' && name[i] <= 'z' || name[i] >= '0' && name[i] <= '9'
	}
	if plain {
		return name
	}
	b := make([]byte, 0, len(name))
	for i := range len(name) {
		switch c := name[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
			b = append(b, c)
		case c >= 'A' && c <= 'Z':
			b = append(b, c+'a'-'A')
		}
	}
	return string(b)
}

// secretEnds are how names of credentials end, in any kind of message.
var secretEnds = []string{
	"token", "secret", "secrettext", "secretvalue", "assertion", "codeverifier", "connectionstring",
	"password", "passwordbase64", "passwordhash", "passwd", "pwd", "passphrase", "passcode", "temporaryaccesspass",
	"authorization", "cookie", "cookie2", "clientstate", "devicecode", "authcode", "authorizationcode", "bypasscode",

	"apikey", "accesskey", "accountkey", "authkey", "encryptionkey", "functionkey", "functionskey", "mackey",
	"masterkey", "privatekey", "recoverykey", "saskey", "secretkey", "sharedkey", "signingkey", "storagekey",
	"subscriptionkey", "symmetrickey",
}

// publicEnds are of names that look like those of credentials: they say where a
// list goes on.
var publicEnds = []string{"skiptoken", "deltatoken", "pagetoken", "continuationtoken", "nexttoken"}

// isSecret reports whether a name, as normal returns it, is that of a credential.
func isSecret(name string) bool { return endsIn(name, secretEnds) && !endsIn(name, publicEnds) }

// isOption reports whether a name is that of a credential in a URL, a form or a
// connection string. There are signatures as well; elsewhere people sign letters.
func isOption(name string) bool {
	return isSecret(name) || name == "sig" || endsIn(name, optionEnds)
}

var optionEnds = []string{"signature", "amzcredential", "googcredential", "tempauth", "sessid", "jsessionid"}

func endsIn(name string, ends []string) bool {
	for _, end := range ends {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	return false
}
