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
