package rebilly

import (
	"strings"
	"testing"
)

func TestABaseURLIsHTTPSOrLoopback(t *testing.T) {
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

func TestABaseURLThatCannotBeUsedIsAnErrorThatSaysWhy(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ address, want string }{
		"empty":                   {"", "does not begin with https://"},
		"no scheme":               {"api.rebilly.com", "does not begin with https://"},
		"another scheme":          {"ftp://api.rebilly.com", "does not begin with https://"},
		"no host":                 {"https://", "has no host"},
		"port without a host":     {"https://:443", "has no host"},
		"no URL":                  {"https://[::1", "is not a URL"},
		"white space around it":   {LiveBaseURL + "\n", "white space"},
		"http":                    {"http://api.rebilly.com", "use https"},
		"http to all addresses":   {"http://0.0.0.0:8080", "use https"},
		"http to a private one":   {"http://192.168.1.2", "use https"},
		"http to localhost.evil":  {"http://localhost.example.com", "use https"},
		"user information":        {"https://user:hunter2@api.rebilly.com", "user name or password"},
		"broken user information": {"https://user:hunter2@[api", "is not a URL"},
		"query":                   {LiveBaseURL + "?x=1", "query or a fragment"},
		"empty query":             {LiveBaseURL + "?", "query or a fragment"},
		"fragment":                {LiveBaseURL + "#x", "query or a fragment"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ValidateBaseURL(test.address)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error shows a password: %v", err)
			}
		})
	}
}
