package rebilly

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestCredential_neverShowsSecret(t *testing.T) {
	t.Parallel()
	var log logBuffer
	credential := SecretKey(rebillytest.SecretKey)
	log.logger().Info("credential", slog.Any("value", credential), slog.Any("in a struct", struct{ C Credential }{credential}))
	var all strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{credential, &credential, Config{Credential: credential}} {
			fmt.Fprintf(&all, verb, value)
		}
	}
	shown := log.String() + all.String()
	mustNotShow(t, "a credential", shown)
	if strings.Contains(shown, fmt.Sprintf("%x", rebillytest.SecretKey)) || !strings.HasPrefix(all.String(), "(sensitive)") {
		t.Errorf("a credential shows %q", shown)
	}
}

func TestValidateCredential(t *testing.T) {
	t.Parallel()
	const secret = "sk_live_0123456789"
	for value, want := range map[string]string{
		secret:                   "",
		rebillytest.JWT:          "",
		"!~":                     "", // the first and the last character
		"":                       "is empty",
		" " + "\n":               "is only whitespace",
		secret + "\n":            "begins or ends with whitespace",
		" " + secret:             "begins or ends with whitespace",
		secret + "\u00a0":        "begins or ends with whitespace",
		secret + "\r\nX-Evil: 1": "character 19 of the value is not allowed in an HTTP header",
		secret + "\tx":           "character 19",
		secret + " x":            "character 19",
		secret + "\x00x":         "character 19",
		secret + "\x7fx":         "character 19",
		secret + "é":             "character 19",
		secret + "\xff":          "character 19",
		"Bearer " + secret:       "give the token alone",
		"pk_" + secret:           "is a publishable key",
		`"` + secret + `"`:       "has quotation marks",
		"'" + secret + "'":       "has quotation marks",
	} {
		err := ValidateCredential(value)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %q", value, err, want)
		}
		_, clientErr := NewClient(Config{BaseURL: LiveBaseURL, Credential: JWT(value)})
		if (err == nil) != (clientErr == nil) || err != nil && clientErr.Error() != "credential: "+err.Error() {
			t.Errorf("%q: got %v, want %v", value, clientErr, err)
		}
		if err != nil && strings.Contains(err.Error(), secret) {
			t.Errorf("the error shows the value: %v", err)
		}
	}
}
