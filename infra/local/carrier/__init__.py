"""The carrier of the local town: Twilio's API on one side, phones that one can text from on the other."""
