package rebilly

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

func TestACredentialNeverShowsItsSecret(t *testing.T) {
	t.Parallel()
	var log logBuffer
	credential := SecretKey(rebillytest.SecretKey)
	log.logger().Info("credential", slog.Any("itself", credential), slog.Any("in a struct", struct{ C Credential }{credential}))
	var all strings.Builder
	all.WriteString(log.String() + credential.String() + credential.GoString())
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{credential, &credential, Config{Credential: credential}} {
			fmt.Fprintf(&all, verb, value)
		}
	}
	shown := all.String()
	mustNotShow(t, "a credential", shown)
	if strings.Contains(shown, fmt.Sprintf("%x", rebillytest.SecretKey)) {
		t.Error("a credential shows its secret in hexadecimal")
	}
	if got := fmt.Sprintf("%v", credential); got != "(sensitive)" {
		t.Errorf("a credential shows %q", got)
	}
}

func TestACredentialMustFitAHeaderAndItsErrorDoesNotShowIt(t *testing.T) {
	t.Parallel()
	const secret = "sk_live_0123456789"
	tests := map[string]struct{ value, want string }{
		"empty":                 {"", "is empty"},
		"white space alone":     {" \n", "nothing but white space"},
		"newline after it":      {secret + "\n", "begins or ends with white space"},
		"space before it":       {" " + secret, "begins or ends with white space"},
		"no-break space after":  {secret + "\u00a0", "begins or ends with white space"},
		"line break inside":     {secret + "\r\nX-Evil: 1", "character 19 of the value cannot stand in an HTTP header"},
		"tab inside":            {secret + "\tx", "character 19"},
		"space inside":          {secret + " x", "character 19"},
		"NUL inside":            {secret + "\x00x", "character 19"},
		"DEL inside":            {secret + "\x7fx", "character 19"},
		"no ASCII":              {secret + "é", "character 19"},
		"invalid UTF-8":         {secret + "\xff", "character 19"},
		"scheme before a token": {"Bearer " + secret, "give the token alone"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := ValidateCredential(test.value)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error shows the value: %v", err)
			}
		})
	}
	for _, value := range []string{secret, rebillytest.JWT, "!~"} {
		if err := ValidateCredential(value); err != nil {
			t.Errorf("%q: %v", value, err)
		}
	}
}
