package auth

import "testing"

func TestUsersAreNamedByURLs(t *testing.T) {
	t.Parallel()
	u := NewUser("48D31887-5FAD-4D73-A9F5-3C356E68A038", "Ada@contoso.com", "Ada")
	for name, want := range map[string]bool{
		"48d31887-5fad-4d73-a9f5-3c356e68a038": true, "48D31887-5fad-4d73-a9f5-3c356e68a038": true,
		"ada@CONTOSO.com": true,
		meToken:           true, "": false, "Ada": false, "ada@contoso.com ": false,
	} {
		if u.Is(name) != want {
			t.Errorf("Is(%q): %v", name, !want)
		}
	}
}

func TestEscapedNamesAreThoseOfKeys(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"ada@contoso.com": "ada%40contoso.com", "a b": "a%20b",
		"a+b@contoso.com": "a%2Bb%40contoso.com", "o'neill/x": "o%27neill%2Fx", "": "",
	} {
		made, literal := NewUser("1", name, "").EscapedName(), User{ID: "1", PrincipalName: name}.EscapedName()
		if made != want || literal != want {
			t.Errorf("%q: %q of a made user, %q of a literal one, want %q", name, made, literal, want)
		}
	}
	if u := NewDirectory("").DefaultCaller().User; u.EscapedName() != escape(u.PrincipalName) {
		t.Errorf("the default user is escaped as %q", u.EscapedName())
	}
}
