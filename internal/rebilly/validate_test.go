package rebilly

import (
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestValidateID(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ id, want string }{
		"one character":       {"x", ""},
		"every other mark":    {"@~-._", ""},
		"three dots":          {"...", ""},
		"longest":             {strings.Repeat("x", 50), ""},
		"empty":               {"", "the ID is empty; check the variable"},
		"too long":            {strings.Repeat("x", 51), "the ID has 51 characters, and Rebilly's IDs have at most 50"},
		"dot":                 {".", `the ID "." would change the path`},
		"two dots":            {"..", `the ID ".." would change the path`},
		"slash":               {"a/b", `the ID "a/b" has a character that Rebilly's IDs do not have`},
		"space":               {"a b", "has a character"},
		"newline":             {"a\n", `the ID "a\n" has a character`},
		"query":               {"a?b", "has a character"},
		"escape":              {"a%2fb", "has a character"},
		"letter beyond ASCII": {"ä", "has a character"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			switch err := ValidateID(test.id); {
			case test.want == "" && err != nil:
				t.Errorf("got %v", err)
			case test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)):
				t.Errorf("got %v, want %q", err, test.want)
			case err != nil && strings.Contains(err.Error(), "org_"):
				t.Errorf("got %v, which names the ID of an export or an organization", err)
			}
		})
	}
}

func TestValidateCredential(t *testing.T) {
	t.Parallel()
	const secret = "sk_live_0123456789"
	tests := map[string]struct{ value, want string }{
		"secret key":                {secret, ""},
		"JWT":                       {rebillytest.JWT, ""},
		"first and last character":  {"!~", ""},
		"empty":                     {"", "is empty"},
		"only whitespace":           {" \n", "is only whitespace"},
		"newline at the end":        {secret + "\n", "begins or ends with whitespace"},
		"space at the beginning":    {" " + secret, "begins or ends with whitespace"},
		"no-break space at the end": {secret + "\u00a0", "begins or ends with whitespace"},
		"line break":                {secret + "\r\nX-Evil: 1", "character 19 of the value is not allowed in an HTTP header"},
		"tab":                       {secret + "\tx", "character 19"},
		"space":                     {secret + " x", "character 19"},
		"NUL":                       {secret + "\x00x", "character 19"},
		"DEL":                       {secret + "\x7fx", "character 19"},
		"letter beyond ASCII":       {secret + "é", "character 19"},
		"invalid UTF-8":             {secret + "\xff", "character 19"},
		"authentication scheme":     {"Bearer " + secret, "give the token alone"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ValidateCredential(test.value)
			if test.want == "" {
				if err != nil {
					t.Errorf("got %v", err)
				}

				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
}

func TestValidateBaseURL_valid(t *testing.T) {
	t.Parallel()
	for _, address := range []string{
		LiveBaseURL, SandboxBaseURL, "https://gateway.example.com:8443/rebilly/",
		"http://localhost:8080", "http://LOCALHOST", "http://127.0.0.1:1", "http://127.8.9.10", "http://[::1]:8080",
	} {
		if err := ValidateBaseURL(address); err != nil {
			t.Errorf("%s: %v", address, err)
		}
	}
}

func TestValidateBaseURL_invalid(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ address, want string }{
		"empty":                {"", "does not begin with https://"},
		"no scheme":            {"api.rebilly.com", "does not begin with https://"},
		"another scheme":       {"ftp://api.rebilly.com", "does not begin with https://"},
		"no host":              {"https://", "has no host"},
		"port without a host":  {"https://:443", "has no host"},
		"malformed":            {"https://[::1", "is not a valid URL"},
		"whitespace":           {LiveBaseURL + "\n", "begins or ends with whitespace"},
		"http":                 {"http://api.rebilly.com", "use https"},
		"http to any address":  {"http://0.0.0.0:8080", "use https"},
		"http to private":      {"http://192.168.1.2", "use https"},
		"http to another name": {"http://localhost.example.com", "use https"},
		"query":                {LiveBaseURL + "?x=1", "query or a fragment"},
		"empty query":          {LiveBaseURL + "?", "query or a fragment"},
		"fragment":             {LiveBaseURL + "#x", "query or a fragment"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if err := ValidateBaseURL(test.address); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestValidateBaseURL_neverShowsURL(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"https://user:PASSWORD@api.rebilly.com":     "contains a user name or password",
		"https://PASSWORD@api.rebilly.com":          "contains a user name or password",
		"http://user:PASSWORD@localhost":            "contains a user name or password",
		"//user:PASSWORD@host":                      "contains a user name or password",
		"ftp://user:PASSWORD@host":                  "contains a user name or password",
		"https://user:PASSWORD@[host":               "is not a valid URL",
		"https://user:PASS WORD@host":               "is not a valid URL",
		"https://user:PASSWORD%zz@host":             "is not a valid URL",
		"https://host:PASSWORD":                     "is not a valid URL",
		"https:user:PASSWORD@host":                  "has no host",
		"https:/user:PASSWORD@host":                 "has no host",
		"https:///user:PASSWORD@host":               "has no host",
		"foo:user:PASSWORD@host":                    "does not begin with https://",
		"user:PASSWORD@host":                        "does not begin with https://",
		"PASSWORD@host":                             "does not begin with https://",
		" https://user:PASSWORD@host":               "begins or ends with whitespace",
		"user:PASSWORD@host\n":                      "begins or ends with whitespace",
		"https://user:PASSWORD@host\u00a0":          "begins or ends with whitespace",
		"https://user:PASSWORD@host?key=SECRET":     "contains a user name or password",
		"https://api.rebilly.com?key=SECRET":        "query or a fragment",
		"https://api.rebilly.com/?key=SECRET":       "query or a fragment",
		"https://api.rebilly.com#SECRET":            "query or a fragment",
		"http://SECRET.example.com":                 "use https",
		"https://api.rebilly.com/%zz?key=SECRET":    "is not a valid URL",
		"https://api.rebilly.com/\x7f?key=PASSWORD": "is not a valid URL",
	}
	for address, want := range tests {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			_, clientErr := NewClient(Config{BaseURL: address, Credential: SecretKey(rebillytest.SecretKey)})
			for _, err := range []error{ValidateBaseURL(address), clientErr} {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Fatalf("got %v, want %q", err, want)
				}
				for _, secret := range []string{"PASS", "WORD", "SECRET", "user:", "@host"} {
					if strings.Contains(err.Error(), secret) {
						t.Errorf("the error shows %s: %v", secret, err)
					}
				}
			}
		})
	}
}
