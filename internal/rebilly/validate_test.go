package rebilly

import (
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestValidateID(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]string{
		"x":                     "",
		"@~-._":                 "",
		"...":                   "",
		strings.Repeat("x", 50): "",
		"":                      "the ID is empty; check the variable",
		strings.Repeat("x", 51): "the ID has 51 characters, and Rebilly's IDs have at most 50",
		".":                     `the ID "." would change the path`,
		"..":                    `the ID ".." would change the path`,
		"a/b":                   `the ID "a/b" has the character "/", which Rebilly's IDs do not have`,
		"a b":                   "has the character",
		"a\n":                   `the ID "a\n" begins or ends with whitespace`,
		"a?b":                   "has the character",
		"a%2fb":                 "has the character",
		"ä":                     "has the character",
		"https://h/x":           "the value is a URL; give only the ID",
		" 'sk_x":                "the value begins like a credential",
	} {
		err := ValidateID(id)
		if (err == nil) != (want == "") || err != nil && (!strings.HasPrefix(err.Error(), "the ") || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: got %v, want %q", id, err, want)
		}
		if err != nil && strings.Contains(err.Error(), "org_") {
			t.Errorf("%q: got %v, which names the ID of an export or an organization", id, err)
		}
	}
}

func TestValidateBaseURL_invalid(t *testing.T) {
	t.Parallel()
	for want, addresses := range map[string][]string{
		"begins like a credential":       {"sk_live_SECRET"},
		"begins or ends with whitespace": {LiveBaseURL + "\n", " https://user:PASSWORD@host", "user:PASSWORD@host\n", "https://user:PASSWORD@host\u00a0"},
		"is not a valid URL": {
			"https://[::1", "https://user:PASSWORD@[host", "https://user:PASS WORD@host", "https://user:PASSWORD%zz@host", "https://host:PASSWORD",
			"https://api.rebilly.com/%zz?key=SECRET", "https://api.rebilly.com/\x7f?key=PASSWORD",
		},
		"contains a user name or password": {
			"https://user:PASSWORD@api.rebilly.com", "https://PASSWORD@api.rebilly.com", "http://user:PASSWORD@localhost", "//user:PASSWORD@host",
			"ftp://user:PASSWORD@host", "https://user:PASSWORD@host?key=SECRET",
		},
		"is empty":                     {""},
		"does not begin with https://": {"api.rebilly.com", "ftp://api.rebilly.com", "foo:user:PASSWORD@host", "user:PASSWORD@host", "PASSWORD@host"},
		"has no host":                  {"https://", "https://:443", "https:user:PASSWORD@host", "https:/user:PASSWORD@host", "https:///user:PASSWORD@host"},
		"query or a fragment": {
			LiveBaseURL + "?x=1", LiveBaseURL + "?", LiveBaseURL + "#x", "https://api.rebilly.com?key=SECRET", "https://api.rebilly.com/?key=SECRET", "https://api.rebilly.com#SECRET",
		},
		"use https": {"http://api.rebilly.com", "http://0.0.0.0:8080", "http://192.168.1.2", "http://localhost.example.com", "http://SECRET.example.com"},
	} {
		for _, address := range addresses {
			err := ValidateBaseURL(address)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Fatalf("%q: got %v, want %q", address, err, want)
			}
			_, clientErr := NewClient(Config{BaseURL: address, Credential: SecretKey(rebillytest.SecretKey)})
			if clientErr == nil || clientErr.Error() != "base URL: "+err.Error() {
				t.Errorf("%q: got %v, want %v", address, clientErr, err)
			}
			for _, secret := range []string{"PASS", "WORD", "SECRET", "user:", "@host"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("the error shows %s: %v", secret, err)
				}
			}
		}
	}
}
