package demo

import (
	"net/http"
)

// storageFrame describes Canvas's hidden frame for a value of the storage knob.
func (c *canvas) storageFrame(st start) storageFrame {
	place := storagePlace{
		name: canvasStorageFrame, origin: c.s.origin(hostCanvasSSO), wrong: c.origin(), path: "/post_message_forwarding",
	}
	if st.tool.OwnHost {
		place.origin, place.wrong = place.wrong, place.origin
	}
	return c.s.storageFrame(place, st.knobs.Storage)
}

// storageFrame describes Blackboard's hidden frame.
func (b *blackboard) storageFrame(mode string) storageFrame {
	return b.s.storageFrame(storagePlace{
		name: blackboardStorageFrame, origin: b.s.origin(hostBlackboardGateway), wrong: b.origin(), path: "/lti_storage_frame",
	}, mode)
}

// storagePlace says where a platform keeps its storage frame.
type storagePlace struct {
	name, origin, path string
	wrong              string // an origin that is not the sign-on's
}

func (s *Server) storageFrame(place storagePlace, mode string) storageFrame {
	frame := storageFrame{Name: place.name, Mode: mode, Origin: place.origin, Listens: mode != "silent"}
	switch mode {
	case "off":
		return frame
	case "wrongorigin":
		frame.Origin = place.wrong
	}
	frame.Src = frame.Origin + place.path
	if mode != "" {
		frame.Src += "?storage=" + mode
	}
	return frame
}

// storage serves the document inside the storage frame.
func (c *site) storage(w http.ResponseWriter, r *http.Request) {
	k, err := parseKnobs(r.URL.Query())
	if err != nil {
		c.refuseStart(w, err)
		return
	}
	c.show(w, http.StatusOK, "storage", storagePage{Mode: k.Storage, ToolOrigin: c.s.tool.origin, PageOrigin: c.origin()})
}
