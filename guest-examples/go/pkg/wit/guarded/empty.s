// Functions of the runtime have no bodies here.
