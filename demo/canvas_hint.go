package demo

import (
	"encoding/json"
	"fmt"

	"github.com/lestrrat-go/jwx/v2/jwa"
	"github.com/lestrrat-go/jwx/v2/jws"
)

// canvasHint is the content of Canvas's lti_message_hint.
type canvasHint struct {
	Verifier             string `json:"verifier"`
	CanvasDomain         string `json:"canvas_domain"`
	ContextType          string `json:"context_type"`
	ContextID            int64  `json:"context_id"`
	CanvasLocale         string `json:"canvas_locale"`
	IncludeStorageTarget bool   `json:"include_storage_target"`
	Exp                  int64  `json:"exp"`
}

// messageHint writes the hint, a JWT that only this campus can read back.
func (c *canvas) messageHint(verifier string, st start) (string, error) {
	hint := canvasHint{
		Verifier: verifier, CanvasDomain: hostCanvas + ":" + c.s.port, ContextType: "Course", ContextID: 170000000000000 + int64(canvasNumber(st.course)),
		CanvasLocale: st.knobs.Lang, IncludeStorageTarget: st.knobs.Storage != "off",
		Exp: c.s.now().Add(canvasHintLife).Unix(),
	}
	if st.link == linkAccount {
		hint.ContextType, hint.ContextID = "Account", 170000000000001
	}
	payload, err := json.Marshal(hint)
	if err != nil {
		return "", fmt.Errorf("write message hint: %w", err)
	}
	headers := jws.NewHeaders()
	if err := headers.Set(jws.TypeKey, "JWT"); err != nil {
		return "", fmt.Errorf("set hint header: %w", err)
	}
	signed, err := jws.Sign(payload, jws.WithKey(jwa.HS256, c.hintKey, jws.WithProtectedHeaders(headers)))
	if err != nil {
		return "", fmt.Errorf("sign message hint: %w", err)
	}
	return string(signed), nil
}

// readHint checks a hint's signature, not its time.
func (c *canvas) readHint(raw string) (canvasHint, bool) {
	payload, err := jws.Verify([]byte(raw), jws.WithKey(jwa.HS256, c.hintKey))
	if err != nil {
		return canvasHint{}, false
	}
	var hint canvasHint
	if err := json.Unmarshal(payload, &hint); err != nil {
		return canvasHint{}, false
	}
	return hint, true
}

func (c *canvas) knowsHint(raw string) bool {
	_, ok := c.readHint(raw)
	return ok
}

// consume takes up the launch of a hint that is in time. It works once.
func (c *canvas) consume(raw string) (launch, bool) {
	hint, ok := c.readHint(raw)
	if !ok || c.s.now().Unix() >= hint.Exp {
		return launch{}, false
	}
	return c.launches.take(hint.Verifier)
}
